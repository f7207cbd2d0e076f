// What may stand in a configuration file: each key once. It drives reading, the search for slips and the reference
// page.
#pragma once

#include "config/snapshot.hpp"

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// For Key::slot: a function that finds the member, as a plain pointer, so that its type chooses the alternative of
// Slot.
#define AIHUB_SLOT(owner, member) \
    +[](owner & value) -> auto& { \
        return value.member;      \
    }

namespace aihub::config {

inline constexpr std::uint64_t kMinuteMs = 60000;
inline constexpr std::uint64_t kHourMs = 60 * kMinuteMs;
inline constexpr std::uint64_t kDayMs = 24 * kHourMs;

enum class Type {
    block,       // holds keys of its own
    text,        // any single value
    path,        // of a file or directory
    url,         // http or https, see base_url.hpp
    secret,      // text that is never shown
    boolean,     // true, false
    count,       // a whole number
    bytes,       // "32MiB"
    duration,    // "30s"
    choice,      // one of a few words
    ratio,       // "0.25", from 0 to 1
    texts,       // a list of text
    listen,      // "127.0.0.1:8080", {address, port} or a list of these
    pairs,       // names to text
    free,        // any YAML: handed on as JSON
    alias,       // "provider/model", {provider, model} or a map with candidates
    candidates,  // a list of "provider/model" and {provider, model, weight, priority}
    rules,       // a list of maps: what errors of a provider mean
    percent,     // "12.5", from 0 to 100, in hundredths
    arms,        // a list of maps: the variants of an experiment
};

// Where a value goes in its owner, and where its default is found. monostate: it is read by code of its own.
template <class Owner>
using Slot = std::variant<
    std::monostate,
    bool& (*)(Owner&),
    std::size_t& (*)(Owner&),
    double& (*)(Owner&),
    std::string& (*)(Owner&),
    Milliseconds& (*)(Owner&),
    std::vector<std::string>& (*)(Owner&)>;

enum class Reload { at_once, restart };

struct Key {
    std::string_view path;  // "limits.body_bytes_max"; <name> stands for a name of the operator's choice
    Type type = Type::text;
    Slot<Snapshot> slot = {};
    Slot<Provider> provider_slot = {};
    Slot<Route> route_slot = {};
    std::uint64_t min = 0;  // bytes, milliseconds, a count, or the length of a text
    std::uint64_t max = std::numeric_limits<std::int64_t>::max();
    std::string_view words = {};  // choice, or what a list may hold: separated by a space; "4xx" allows any status
    Reload reload = Reload::at_once;
    std::string_view fallback = {};  // the default in words, where the slot does not say it
    std::string_view text = {};      // one sentence for the reference
};

// In the order of the reference.
[[nodiscard]] std::span<const Key> schema();
// The part of it about providers.
[[nodiscard]] std::span<const Key> provider_schema();
// That about where calls go: retries, breaker, models.
[[nodiscard]] std::span<const Key> route_schema();
// And that about what is seen from outside: response headers, traces, the watchdog.
[[nodiscard]] std::span<const Key> telemetry_schema();
// That about who may call from where, and how often, and the management API.
[[nodiscard]] std::span<const Key> edge_schema();
// That about policies.
[[nodiscard]] std::span<const Key> policy_schema();
// That about experiments.
[[nodiscard]] std::span<const Key> experiment_schema();
// Null: no such key.
[[nodiscard]] const Key* find_key(std::string_view path);
// The last parts of the keys directly below `path` ("" for the root).
[[nodiscard]] std::vector<std::string> names_below(std::string_view path);

// For people: "duration", "10ms to 1h" (empty: no range), "15s".
[[nodiscard]] std::string type_text(const Key& key);
[[nodiscard]] std::string range_text(const Key& key);
[[nodiscard]] std::string default_text(const Key& key);

}  // namespace aihub::config
