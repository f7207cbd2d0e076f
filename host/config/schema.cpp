#include "config/schema.hpp"

#include "config/scalar.hpp"

#include <algorithm>
#include <type_traits>

namespace aihub::config {
namespace {

constexpr std::uint64_t kHourMs = 3600000;
constexpr std::uint64_t kDayMs = 24 * kHourMs;

// A function that finds the member, as a plain pointer, so that its type chooses the alternative of Slot.
#define AIHUB_SLOT(owner, member) \
    +[](owner & value) -> auto& { \
        return value.member;      \
    }

constexpr Key kSchema[] = {
    {.path = "listen",
     .type = Type::listen,
     .reload = Reload::restart,
     .fallback = "127.0.0.1:8080",
     .text = "Where the gateway accepts connections: an IP address and a port, or a list of up to 16. Port 0 lets the "
             "system choose."},
    {.path = "listen.address",
     .type = Type::text,
     .reload = Reload::restart,
     .fallback = "127.0.0.1",
     .text = "The IP address, when written as a map."},
    {.path = "listen.port",
     .type = Type::count,
     .max = 65535,
     .reload = Reload::restart,
     .fallback = "8080",
     .text = "The port, when written as a map."},
    {.path = "listen.tls",
     .type = Type::block,
     .fallback = "none: plain HTTP",
     .text =
         "HTTPS on this listener, when it is written as a map. The files are read again when they change; adding or "
         "removing the block counts after a restart."},
    {.path = "listen.tls.certificate_file",
     .type = Type::path,
     .min = 1,
     .max = 4096,
     .fallback = "none",
     .text = "The certificate and those between it and its root, a PEM file."},
    {.path = "listen.tls.key_file",
     .type = Type::path,
     .min = 1,
     .max = 4096,
     .fallback = "none",
     .text = "The certificate's private key, a PEM file without a passphrase."},
    {.path = "listen.tls.min_version",
     .type = Type::choice,
     .words = "1.2 1.3",
     .fallback = "1.2",
     .text = "The oldest version of TLS that clients may use."},
    {.path = "loops",
     .type = Type::count,
     .slot = AIHUB_SLOT(Snapshot, loops),
     .max = 256,
     .reload = Reload::restart,
     .text = "Event loops, one thread each; 0: one for each core."},
    {.path = "default_provider",
     .type = Type::text,
     .slot = AIHUB_SLOT(Snapshot, default_provider),
     .max = 64,
     .text =
         "The provider that takes model names which no alias and no list knows; empty: they are answered with 404."},
    {.path = "shutdown_grace",
     .type = Type::duration,
     .slot = AIHUB_SLOT(Snapshot, shutdown_grace),
     .max = kDayMs,
     .text = "How long calls may go on after SIGTERM."},
    {.path = "shutdown_idle_grace",
     .type = Type::duration,
     .slot = AIHUB_SLOT(Snapshot, shutdown_idle_grace),
     .max = kHourMs,
     .text = "How long a kept connection may wait for one more request after SIGTERM, within `shutdown_grace`. The "
             "answer closes it."},
    {.path = "upgrade_timeout",
     .type = Type::duration,
     .slot = AIHUB_SLOT(Snapshot, upgrade_timeout),
     .min = 100,
     .max = kHourMs,
     .text =
         "How long the new process of an upgrade may take until it serves; past it, it is ended and the old one goes "
         "on."},
    {.path = "limits",
     .type = Type::block,
     .text = "What one client may ask of the process, and what happens at the limit."},
    {.path = "limits.header_bytes_max",
     .type = Type::bytes,
     .slot = AIHUB_SLOT(Snapshot, limits.header_bytes_max),
     .min = 1024,
     .max = 1ULL * 1024 * 1024,
     .text = "Request line and headers; over it 431."},
    {.path = "limits.body_bytes_max",
     .type = Type::bytes,
     .slot = AIHUB_SLOT(Snapshot, limits.body_bytes_max),
     .min = 1024,
     .max = 1024ULL * 1024 * 1024,
     .text = "Request body; over it 413."},
    {.path = "limits.reply_bytes_max",
     .type = Type::bytes,
     .slot = AIHUB_SLOT(Snapshot, limits.reply_bytes_max),
     .min = 1024,
     .max = 1024ULL * 1024 * 1024,
     .text = "A reply of a provider that is not a stream; over it 502."},
    {.path = "limits.stream_frame_bytes_max",
     .type = Type::bytes,
     .slot = AIHUB_SLOT(Snapshot, limits.stream_frame_bytes_max),
     .min = 1024,
     .max = 256ULL * 1024 * 1024,
     .text = "One event of a streamed reply; over it the stream ends with an error event."},
    {.path = "limits.connections_max",
     .type = Type::count,
     .slot = AIHUB_SLOT(Snapshot, limits.connections_max),
     .min = 1,
     .max = 1000000,
     .text = "Open client connections; over it 503, and the connection is closed."},
    {.path = "limits.calls_max",
     .type = Type::count,
     .slot = AIHUB_SLOT(Snapshot, limits.calls_max),
     .min = 1,
     .max = 1000000,
     .text = "Model calls being served; over it 503 with Retry-After."},
    {.path = "limits.idle_upstream_max",
     .type = Type::count,
     .slot = AIHUB_SLOT(Snapshot, limits.idle_upstream_max),
     .max = 65536,
     .text = "Idle connections kept for each upstream and event loop."},
    {.path = "limits.calls_per_key_max",
     .type = Type::count,
     .slot = AIHUB_SLOT(Snapshot, limits.calls_per_key_max),
     .max = 1000000,
     .text = "Model calls of one key being served; more wait in a queue. 0: no limit."},
    {.path = "limits.queue_max",
     .type = Type::count,
     .slot = AIHUB_SLOT(Snapshot, limits.queue_max),
     .max = 1000000,
     .text = "Calls of one key that wait in that queue; over it 429 with Retry-After."},
    {.path = "limits.queue_wait_max",
     .type = Type::duration,
     .slot = AIHUB_SLOT(Snapshot, limits.queue_wait_max),
     .max = kHourMs,
     .text = "How long a call waits there; then 429 with Retry-After."},
    {.path = "timeouts", .type = Type::block, .text = "Every wait has an end."},
    {.path = "timeouts.tls_handshake",
     .type = Type::duration,
     .slot = AIHUB_SLOT(Snapshot, timeouts.tls_handshake),
     .min = 1,
     .max = kHourMs,
     .text = "A client's TLS handshake, from accept to its end; then the connection is closed."},
    {.path = "timeouts.header",
     .type = Type::duration,
     .slot = AIHUB_SLOT(Snapshot, timeouts.header),
     .min = 1,
     .max = kHourMs,
     .text = "Until the headers of a request are complete; then 408."},
    {.path = "timeouts.body",
     .type = Type::duration,
     .slot = AIHUB_SLOT(Snapshot, timeouts.body),
     .min = 1,
     .max = kHourMs,
     .text = "Until the body of a request is complete; then 408."},
    {.path = "timeouts.keep_alive",
     .type = Type::duration,
     .slot = AIHUB_SLOT(Snapshot, timeouts.keep_alive),
     .min = 1,
     .max = kDayMs,
     .text = "An idle client connection; then it is closed."},
    {.path = "timeouts.write",
     .type = Type::duration,
     .slot = AIHUB_SLOT(Snapshot, timeouts.write),
     .min = 1,
     .max = kHourMs,
     .text = "A client that takes no byte; then its connection is closed."},
    {.path = "timeouts.connect",
     .type = Type::duration,
     .slot = AIHUB_SLOT(Snapshot, timeouts.connect),
     .min = 1,
     .max = kHourMs,
     .text = "Connecting to a provider, name look-up and TLS included; then 502."},
    {.path = "timeouts.first_byte",
     .type = Type::duration,
     .slot = AIHUB_SLOT(Snapshot, timeouts.first_byte),
     .min = 1,
     .max = kDayMs,
     .text = "From the request sent to the first byte of the reply; then 504."},
    {.path = "timeouts.idle",
     .type = Type::duration,
     .slot = AIHUB_SLOT(Snapshot, timeouts.idle),
     .min = 1,
     .max = kDayMs,
     .text = "Between two reads of a reply; then 504 or an error event."},
    {.path = "timeouts.total",
     .type = Type::duration,
     .slot = AIHUB_SLOT(Snapshot, timeouts.total),
     .min = 1,
     .max = kDayMs,
     .text = "One call from first to last byte; then 504 or an error event."},
    {.path = "timeouts.upstream_keep_alive",
     .type = Type::duration,
     .slot = AIHUB_SLOT(Snapshot, timeouts.upstream_keep_alive),
     .min = 1,
     .max = kDayMs,
     .text = "An idle connection kept to a provider; then it is closed."},
    {.path = "log", .type = Type::block, .text = "The log of the process."},
    {.path = "log.format",
     .type = Type::choice,
     .slot = AIHUB_SLOT(Snapshot, log.format),
     .words = "console json",
     .reload = Reload::restart,
     .text = "Lines for people, or one JSON object a line."},
    {.path = "log.level",
     .type = Type::choice,
     .slot = AIHUB_SLOT(Snapshot, log.level),
     .words = "debug info warn error",
     .text = "The least important lines that are written."},
    {.path = "log.file",
     .type = Type::path,
     .slot = AIHUB_SLOT(Snapshot, log.file),
     .max = 4096,
     .reload = Reload::restart,
     .fallback = "standard error",
     .text = "The file that lines are appended to; empty: standard error."},
    {.path = "log.requests",
     .type = Type::boolean,
     .slot = AIHUB_SLOT(Snapshot, log.requests),
     .text = "One line for each request, without prompt and reply."},
    {.path = "response_headers",
     .type = Type::block,
     .text = "What the answers to model calls say about themselves. `x-request-id` is always there."},
    {.path = "response_headers.provider",
     .type = Type::boolean,
     .slot = AIHUB_SLOT(Snapshot, response_headers.provider),
     .text = "`x-aihub-provider`: the name of the provider that answered, or that was tried last."},
    {.path = "response_headers.model",
     .type = Type::boolean,
     .slot = AIHUB_SLOT(Snapshot, response_headers.model),
     .text = "`x-aihub-model`: the name of the model that was asked of the provider."},
    {.path = "response_headers.attempts",
     .type = Type::boolean,
     .slot = AIHUB_SLOT(Snapshot, response_headers.attempts),
     .text = "`x-aihub-attempts`: how many attempts at providers were made."},
    {.path = "response_headers.overhead",
     .type = Type::boolean,
     .slot = AIHUB_SLOT(Snapshot, response_headers.overhead),
     .text = "`x-aihub-overhead-us`: microseconds of the gateway's own before the first byte of the answer."},
    {.path = "watchdog", .type = Type::block, .text = "What happens when an event loop does not come round."},
    {.path = "watchdog.stall",
     .type = Type::duration,
     .slot = AIHUB_SLOT(Snapshot, watchdog.stall),
     .min = 10,
     .max = kHourMs,
     .reload = Reload::restart,
     .text = "A loop that is held for longer is logged, with the stack of its thread."},
    {.path = "watchdog.abort",
     .type = Type::duration,
     .slot = AIHUB_SLOT(Snapshot, watchdog.abort),
     .max = kHourMs,
     .reload = Reload::restart,
     .text = "A loop that is held for longer ends the process, for its supervisor to start it again; 0ms: never. Not "
             "before `watchdog.stall`."},
    {.path = "storage", .type = Type::block, .text = "The embedded database and the writer of usage rows."},
    {.path = "storage.url",
     .type = Type::text,
     .slot = AIHUB_SLOT(Snapshot, storage.url),
     .min = 1,
     .max = 4096,
     .reload = Reload::restart,
     .text = "The database, for example `sqlite:var/aihub.db`."},
    {.path = "storage.usage_queue_rows_max",
     .type = Type::count,
     .slot = AIHUB_SLOT(Snapshot, storage.usage_queue_rows_max),
     .min = 1,
     .max = 10000000,
     .reload = Reload::restart,
     .text = "Rows that wait for the writer; over it rows are dropped and counted."},
    {.path = "storage.usage_batch_rows_max",
     .type = Type::count,
     .slot = AIHUB_SLOT(Snapshot, storage.usage_batch_rows_max),
     .min = 1,
     .max = 100000,
     .reload = Reload::restart,
     .text = "Rows in one transaction."},
    {.path = "storage.usage_flush_interval",
     .type = Type::duration,
     .slot = AIHUB_SLOT(Snapshot, storage.usage_flush_interval),
     .min = 10,
     .max = 60000,
     .reload = Reload::restart,
     .text = "A row is stored at the latest after this."},
    {.path = "identity", .type = Type::block, .text = "API keys."},
    {.path = "identity.key_prefix",
     .type = Type::text,
     .slot = AIHUB_SLOT(Snapshot, identity.key_prefix),
     .min = 1,
     .max = 16,
     .reload = Reload::restart,
     .text = "What new keys begin with, letters and digits: `aihub` gives `aihub_live_...`."},
    {.path = "identity.pepper_file",
     .type = Type::path,
     .slot = AIHUB_SLOT(Snapshot, identity.pepper_file),
     .min = 1,
     .max = 4096,
     .reload = Reload::restart,
     .text =
         "The secret that hashes of keys are made with; made at the first start. Keep it: without it no key works."},
    {.path = "identity.reload_interval",
     .type = Type::duration,
     .slot = AIHUB_SLOT(Snapshot, identity.reload_interval),
     .min = 100,
     .max = kHourMs,
     .text = "How soon a key that was made or revoked by `aihub key` counts in a running server."},
    {.path = "plugins", .type = Type::block, .text = "Where plugins are looked for and what they may do."},
    {.path = "plugins.directories",
     .type = Type::texts,
     .slot = AIHUB_SLOT(Snapshot, plugins.directories),
     .reload = Reload::restart,
     .fallback = "`plugins` beside the program",
     .text = "Directories with plugin libraries; empty: the directory `plugins` beside the program."},
    {.path = "plugins.allow_draft",
     .type = Type::boolean,
     .slot = AIHUB_SLOT(Snapshot, plugins.allow_draft),
     .reload = Reload::restart,
     .text = "Take plugins that use draft extensions of the interface."},
    {.path = "plugins.worker_threads",
     .type = Type::count,
     .slot = AIHUB_SLOT(Snapshot, plugins.worker_threads),
     .min = 1,
     .max = 256,
     .reload = Reload::restart,
     .text = "Threads for work of plugins that may take long."},
    {.path = "plugins.worker_queue_max",
     .type = Type::count,
     .slot = AIHUB_SLOT(Snapshot, plugins.worker_queue_max),
     .min = 1,
     .max = 65536,
     .reload = Reload::restart,
     .text = "Pieces of such work that wait; over it they are refused."},
    {.path = "plugins.call_budget",
     .type = Type::duration,
     .slot = AIHUB_SLOT(Snapshot, plugins.call_budget),
     .min = 1,
     .max = 60000,
     .reload = Reload::restart,
     .text = "A call into a plugin on an event loop that takes longer is counted and logged."},
    {.path = "providers",
     .type = Type::block,
     .text = "The services that model calls go to, by names of your choice: letters, digits, `.`, `_` and `-`, at most "
             "64."},
    {.path = "providers.<name>",
     .type = Type::block,
     .text = "One provider. With neither `plugin` nor `preset`, a name that is a preset means that preset."},
    {.path = "providers.<name>.plugin",
     .type = Type::text,
     .min = 1,
     .max = 128,
     .fallback = "that of the preset",
     .text = "The id of the plugin, for example `aihub.provider.simulator`."},
    {.path = "providers.<name>.preset",
     .type = Type::text,
     .min = 1,
     .max = 128,
     .fallback = "none",
     .text = "A named set of defaults of a plugin, `preset` or `plugin/preset`; keys of the block win over it."},
    {.path = "providers.<name>.enabled",
     .type = Type::boolean,
     .provider_slot = AIHUB_SLOT(Provider, enabled),
     .text = "False: the block is checked but not used."},
    {.path = "providers.<name>.base_url",
     .type = Type::url,
     .provider_slot = AIHUB_SLOT(Provider, base_url),
     .min = 1,
     .max = 2048,
     .fallback = "that of the preset",
     .text = "Where requests go, http or https, without credentials, query and fragment."},
    {.path = "providers.<name>.api_key",
     .type = Type::secret,
     .fallback = "that of the preset",
     .text = "The key for this provider, short for `secrets.api_key`; best as `${NAME}`."},
    {.path = "providers.<name>.api_key_file",
     .type = Type::path,
     .fallback = "none",
     .text = "A file that holds the key; a line end behind it does not count."},
    {.path = "providers.<name>.secrets",
     .type = Type::pairs,
     .fallback = "none",
     .text = "Secrets by the names that the plugin asks for."},
    {.path = "providers.<name>.secrets_files",
     .type = Type::pairs,
     .fallback = "none",
     .text = "Files that hold secrets, by the same names."},
    {.path = "providers.<name>.settings",
     .type = Type::free,
     .fallback = "those of the preset",
     .text = "The plugin's own settings. Unquoted true, false, null and numbers keep their types; the plugin's schema "
             "is checked."},
    {.path = "providers.<name>.models",
     .type = Type::texts,
     .provider_slot = AIHUB_SLOT(Provider, models),
     .fallback = "those of the preset",
     .text = "Model names listed at `/v1/models`, which clients may use without the name of the provider."},
    {.path = "providers.<name>.ca_file",
     .type = Type::path,
     .provider_slot = AIHUB_SLOT(Provider, ca_file),
     .min = 1,
     .max = 4096,
     .fallback = "the certificates of the system",
     .text = "One more certificate authority for this provider, a PEM file."},
    {.path = "providers.<name>.shared_objects",
     .type = Type::boolean,
     .provider_slot = AIHUB_SLOT(Provider, shared_objects),
     .text = "Serve `/v1/files`, `/v1/batches` and stored responses from this provider. They belong to the operator's "
             "account there, so every key can list, read and delete what any other key has stored."},
    {.path = "providers.<name>.in_flight_max",
     .type = Type::count,
     .provider_slot = AIHUB_SLOT(Provider, in_flight_max),
     .max = 1000000,
     .text = "Calls at this provider at a time, over all its models; more wait in a queue. 0: no limit."},
    {.path = "providers.<name>.queue_max",
     .type = Type::count,
     .provider_slot = AIHUB_SLOT(Provider, queue_max),
     .max = 1000000,
     .text = "Calls that wait in that queue; over it the next candidate is tried, and without one the answer is 503."},
    {.path = "providers.<name>.queue_wait_max",
     .type = Type::duration,
     .provider_slot = AIHUB_SLOT(Provider, queue_wait_max),
     .max = kHourMs,
     .text = "How long a call waits there; then the next candidate is tried, and without one the answer is 503."},
    {.path = "providers.<name>.timeouts", .type = Type::block, .text = "Waits of this provider."},
    {.path = "providers.<name>.timeouts.connect",
     .type = Type::duration,
     .provider_slot = AIHUB_SLOT(Provider, connect),
     .min = 1,
     .max = kHourMs,
     .fallback = "as in `timeouts`",
     .text = "As `timeouts.connect`."},
    {.path = "providers.<name>.timeouts.first_byte",
     .type = Type::duration,
     .provider_slot = AIHUB_SLOT(Provider, first_byte),
     .min = 1,
     .max = kDayMs,
     .fallback = "as in `timeouts`",
     .text = "As `timeouts.first_byte`."},
    {.path = "providers.<name>.timeouts.idle",
     .type = Type::duration,
     .provider_slot = AIHUB_SLOT(Provider, idle),
     .min = 1,
     .max = kDayMs,
     .fallback = "as in `timeouts`",
     .text = "As `timeouts.idle`."},
    {.path = "providers.<name>.timeouts.total",
     .type = Type::duration,
     .provider_slot = AIHUB_SLOT(Provider, total),
     .min = 1,
     .max = kDayMs,
     .fallback = "as in `timeouts`",
     .text = "As `timeouts.total`."},
};

#undef AIHUB_SLOT

std::string number_text(const Key& key, std::uint64_t number) {
    if (key.type == Type::bytes) {
        return bytes_text(number);
    }
    return key.type == Type::duration ? duration_text(number) : std::to_string(number);
}

}  // namespace

std::span<const Key> schema() {
    static const std::vector<Key> all = [] {
        std::vector<Key> keys(std::begin(kSchema), std::end(kSchema));
        const auto routes = route_schema();
        keys.insert(keys.end(), routes.begin(), routes.end());
        return keys;
    }();
    return all;
}

const Key* find_key(std::string_view path) {
    const auto all = schema();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Key& key) { return key.path == path; });
    return found == all.end() ? nullptr : &*found;
}

std::vector<std::string> names_below(std::string_view path) {
    const std::string prefix = path.empty() ? "" : std::string(path) + ".";
    std::vector<std::string> names;
    for (const Key& key : schema()) {
        if (key.path.starts_with(prefix) && key.path.find('.', prefix.size()) == std::string_view::npos) {
            names.emplace_back(key.path.substr(prefix.size()));
        }
    }
    return names;
}

std::string type_text(const Key& key) {
    constexpr std::string_view kNames[] = {
        "block",
        "text",
        "path",
        "URL",
        "secret",
        "true or false",
        "number",
        "size",
        "duration",
        "one of",
        "list of text",
        "address:port",
        "names and text",
        "any",
        "provider/model",
        "list of provider/model"};
    std::string name(kNames[static_cast<int>(key.type)]);
    if (key.type == Type::choice) {
        name += " `" + std::string(key.words) + "`";
        for (std::size_t at = name.find(' ', name.find('`')); at != std::string::npos; at = name.find(' ', at + 4)) {
            name.replace(at, 1, "`, `");
        }
    }
    return name;
}

std::string range_text(const Key& key) {
    const bool numeric = key.type == Type::bytes || key.type == Type::duration || key.type == Type::count;
    return numeric ? number_text(key, key.min) + " to " + number_text(key, key.max) : std::string();
}

std::string default_text(const Key& key) {
    if (!key.fallback.empty()) {
        return std::string(key.fallback);
    }
    Snapshot snapshot;
    Provider provider;
    const auto shown = [&](const auto& value) -> std::string {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, bool>) {
            return value ? "true" : "false";
        } else if constexpr (std::is_same_v<Value, std::size_t>) {
            return number_text(key, value);
        } else if constexpr (std::is_same_v<Value, Milliseconds>) {
            return duration_text(static_cast<std::uint64_t>(value.count()));
        } else if constexpr (std::is_same_v<Value, std::string>) {
            return value.empty() ? "empty" : value;
        } else {
            return "empty";
        }
    };
    const auto of = [&](auto& owner) {
        return [&](auto find) -> std::string {
            if constexpr (std::is_same_v<decltype(find), std::monostate>) {
                return {};
            } else {
                return shown(find(owner));
            }
        };
    };
    Route route;
    std::string text = std::visit(of(snapshot), key.slot);
    text = text.empty() ? std::visit(of(provider), key.provider_slot) : text;
    return text.empty() ? std::visit(of(route), key.route_slot) : text;
}

}  // namespace aihub::config
