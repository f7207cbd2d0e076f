// The configuration as an immutable, typed value. Every field is documented in docs/configuration.md, which a test
// holds against the schema in schema.cpp.
#pragma once

#include "base/ip_network.hpp"
#include "base/secret.hpp"
#include "config/model_table.hpp"
#include "config/policies.hpp"
#include "config/route.hpp"
#include "model/experiment.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aihub::config {

// listen.tls: the certificate that a listener shows.
struct ListenTls {
    std::string certificate_file;     // PEM, the chain behind it
    std::string key_file;             // PEM
    std::string min_version = "1.2";  // 1.2 | 1.3
    std::string source = {};          // "aihub.yaml:12", for people
};

// listen: where the gateway accepts connections.
struct Listen {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8080;  // 0: chosen by the kernel
    std::optional<ListenTls> tls = {};
    IpNetworks trusted_proxies = {};                   // these are believed about the addresses of their clients
    std::string forwarded_header = "x-forwarded-for";  // where they say it: x-forwarded-for | forwarded
};

// limits: what one client may ask of the process, and what happens at the limit.
struct Limits {
    std::size_t header_bytes_max = 65536;                    // request line and headers; 431
    std::size_t header_fields_max = 128;                     // header fields of a request; 431
    std::size_t url_bytes_max = 8192;                        // path and query; 414
    std::size_t body_bytes_max = 512UL * 1024 * 1024;        // request body; 413
    std::size_t json_bytes_max = 64UL * 1024 * 1024;         // request body that is JSON; 413
    std::size_t body_buffer_bytes = 1024UL * 1024;           // of a form, held before the rest is streamed on
    std::size_t form_buffer_bytes_max = 32UL * 1024 * 1024;  // of a form, held until its model is known; 413
    std::size_t multipart_parts_max = 64;                    // parts of a form; 400
    std::size_t body_memory_max = 1024UL * 1024 * 1024;      // request bodies and what is made of them, of all; 503
    std::size_t memory_max = 0;                              // of the process; 0: as its control group says
    std::size_t memory_shed_percent = 90;                    // of that: new calls get 503; 0: never
    std::size_t json_depth_max = 128;                        // levels of a JSON body; 400
    std::size_t reply_bytes_max = 64UL * 1024 * 1024;        // a reply that is held whole; 502
    std::size_t reply_buffer_bytes = 4UL * 1024 * 1024;      // of JSON, held before it is passed on as it comes
    std::size_t reply_memory_max = 1024UL * 1024 * 1024;     // whole replies held by all calls; 503
    std::size_t stream_frame_bytes_max = 4UL * 1024 * 1024;  // one event of a stream; error event
    std::size_t stream_bytes_max = 1024UL * 1024 * 1024;     // all of a stream; error event
    std::size_t connections_max = 8192;                      // open client connections; over it 503 and close
    std::size_t connections_per_address_max = 4096;          // of one client address; over it 503 and close
    std::size_t requests_per_connection_max = 100000;        // then the client connection is closed
    std::size_t calls_max = 8192;                            // model calls being served; over it 503 with Retry-After
    std::size_t continuation_bytes_max = 256 * 1024;         // text of a stream that another provider can go on with
    std::size_t shadow_calls_max = 64;                       // copies under way; over it none is made
    std::size_t idle_upstream_max = 256;                     // idle kept connections for each upstream and loop
    std::size_t calls_per_key_max = 0;                       // calls of one key at a time; 0: no limit
    std::size_t queue_max = 64;                              // calls of one key that wait for a turn; over it 429
    Milliseconds queue_wait_max{2000};                       // how long one waits; then 429
    // One message of a web socket; it is closed with 1009.
    std::size_t realtime_message_bytes_max = 32UL * 1024 * 1024;
};

// timeouts: every wait has one.
struct Timeouts {
    Milliseconds tls_handshake{10000};        // of a client; closed
    Milliseconds header{15000};               // until a request's headers are complete; 408
    Milliseconds body{60000};                 // until a request's body is complete; 408
    Milliseconds body_idle{15000};            // between two pieces of a request's body; 408
    Milliseconds keep_alive{75000};           // an idle client connection; closed
    Milliseconds write{60000};                // a client that takes no byte; closed. Also a provider; 504
    Milliseconds linger{5000};                // after a refusal: the rest of the request is read and dropped; closed
    Milliseconds connect{5000};               // to an upstream, DNS and TLS included; 502
    Milliseconds connect_attempt_delay{250};  // until the next address of a name is tried, too
    Milliseconds first_byte{120000};          // from the request sent to the first byte of the reply; 504
    Milliseconds idle{120000};                // between two reads of a reply; 504 or an error event
    Milliseconds total{600000};               // one request from first to last byte; 504 or an error event
    Milliseconds realtime_idle{600000};       // a web socket without a frame in either direction; closed with 1001
    Milliseconds realtime_total{3600000};     // a web socket as a whole; closed with 1001
    Milliseconds upstream_keep_alive{55000};  // an idle kept upstream connection; closed
};

// dns: how host names of providers become addresses.
struct Dns {
    std::vector<std::string> servers;  // empty: the system's
    Milliseconds timeout{2000};        // of one question; it is asked twice
    Milliseconds ttl_min{1000};
    Milliseconds ttl_max{3600000};
    Milliseconds negative_ttl{1000};  // how long a failure counts
    Milliseconds stale_max{3600000};  // an old answer serves while no server answers
};

// proxy, or what the environment says: HTTP proxies by the scheme of where a request goes. Empty: none.
struct Proxies {
    Secret http, https;  // URLs
    std::string except;  // hosts that are reached without one, as in NO_PROXY
    std::string source;  // "proxy" or "environment HTTPS_PROXY", for people
};

// log: as in telemetry::LogOptions.
struct LogSettings {
    std::string format = "console";  // console | json
    std::string level = "info";      // debug | info | warn | error
    std::string file;                // empty: standard error
    bool requests = true;            // one line for each request, without prompt and reply
    bool provider_text = false;      // the words of providers' errors, which may repeat a part of a prompt
};

// errors: what clients hear when a provider fails.
struct Errors {
    bool provider_text = true;  // the provider's own words about the request
};

// response_headers: what the answers to model calls say about themselves. The request id is always there.
struct ResponseHeaders {
    bool provider = true;  // x-aihub-provider
    bool model = true;     // x-aihub-model
    bool attempts = true;  // x-aihub-attempts
    bool overhead = true;  // x-aihub-overhead-us
    bool trace = false;    // traceresponse
    bool policy = false;   // x-aihub-policy
};

// cors: pages of other origins that may call from a browser.
struct Cors {
    std::vector<std::string> allowed_origins;  // "https://app.example.com", or "*" alone; empty: off
    bool allow_credentials = false;
    Milliseconds max_age{600000};  // how long a browser may keep what a preflight said
};

// rate_limits.key, .address: a token bucket.
struct RateLimit {
    std::size_t per_second = 0, per_minute = 0;  // requests; at most one of them is set, with none there is no limit
    std::size_t burst = 0;                       // at once; 0: as many as in the second or minute

    [[nodiscard]] bool on() const { return per_second > 0 || per_minute > 0; }
    // When it is on: requests in a full bucket, and the time in which one flows in.
    [[nodiscard]] std::size_t size() const { return burst > 0 ? burst : per_second > 0 ? per_second : per_minute; }
    [[nodiscard]] std::chrono::nanoseconds interval() const {
        const std::chrono::nanoseconds time = std::chrono::seconds(per_second > 0 ? 1 : 60);
        return time / (per_second > 0 ? per_second : per_minute);
    }
};

// control: the management API.
struct Control {
    bool enabled = true;
    std::size_t threads = 4;                          // requests that run at a time
    std::size_t queue_max = 64;                       // requests that wait for a thread; over it 503
    std::size_t body_bytes_max = 32UL * 1024 * 1024;  // of a request; 413
    Milliseconds timeout{30000};                      // until an answer begins; 504
};

// watchdog: event loops that do not come round.
struct Watchdog {
    Milliseconds stall{1000};   // logged with the thread's stack after this
    Milliseconds abort{10000};  // the process ends after this; 0: never
};

// storage: the embedded database and the usage writer.
struct Storage {
    std::string url = "sqlite:var/aihub.db";
    std::size_t usage_queue_rows_max = 100000;  // rows waiting for the writer; over it rows are dropped and counted
    std::size_t usage_batch_rows_max = 1000;    // rows in one transaction
    Milliseconds usage_flush_interval{500};     // a row is stored at the latest after this
};

// identity: API keys.
struct Identity {
    std::string key_prefix = "aihub";        // the brand in "<brand>_live_..."
    std::string pepper_file = "var/pepper";  // made at first start, mode 0600
    Milliseconds reload_interval{1000};      // how soon a key made by `aihub key` works in a running server
};

// plugins: where libraries are looked for and what is allowed.
struct Plugins {
    std::vector<std::string> directories;  // empty: the "plugins" directory beside the binary
    bool allow_draft = false;              // plugins that use draft extensions
    std::size_t worker_threads = 2;
    std::size_t worker_queue_max = 256;
    Milliseconds call_budget{1};  // a callback on a loop that takes longer is counted and logged
};

// providers.<name>: one configured instance of a provider plugin.
struct Provider {
    std::string name;
    std::string plugin;  // plugin id, "com.acme.provider"
    std::string preset;  // a named set of defaults of the plugin; may be empty
    bool enabled = true;
    std::string base_url;                     // "https://api.example.com/v1"; empty for stream-tier plugins
    std::map<std::string, Secret> secrets;    // by name; "api_key" for most
    std::string settings_json = "{}";         // the plugin's own settings, as JSON
    std::vector<std::string> models;          // names listed at /v1/models; also what `*` routes may use
    std::vector<std::string> formats;         // of its plugin's that the service takes; empty: all
    bool strict = false;                      // a request that it cannot be told wholly is refused
    std::string region;                       // where it computes, for policies; may be empty
    std::string private_network = "auto";     // auto | allow | deny: addresses that are not public
    std::optional<Secret> proxy;              // URL; empty: none, though there is one for all
    std::size_t connections_max = 0;          // open at a time for each loop; 0: no such limit
    std::size_t connection_requests_max = 0;  // on one connection; 0: no such limit
    Milliseconds connection_age_max{0};       // since it was opened; 0: no such limit
    std::size_t warm = 0;                     // connections opened ahead and kept, for each loop
    std::string ca_file;                      // extra certificate authority for this upstream; PEM
    bool shared_objects = false;              // every key may use the files, batches and responses stored there
    Milliseconds connect{0}, write{0}, first_byte{0}, idle{0}, total{0}, keep_alive{0};  // 0: as in timeouts
    std::size_t in_flight_max = 0;       // calls at this provider at a time; 0: no limit
    std::size_t queue_max = 64;          // calls that wait for a turn; over it the next candidate, or 503
    Milliseconds queue_wait_max{2000};   // how long one waits; then the next candidate, or 503
    std::vector<ErrorRule> error_rules;  // the first that matches counts
    std::string source;                  // "aihub.yaml:12" or "environment ACME_API_KEY", for people
};

// tracing: where spans go, and what becomes of the traces of clients.
struct Tracing {
    Provider sink;                       // its plugin, base_url, settings and secrets; no plugin: no spans are made
    double sample_ratio = 1;             // of the traces that begin here; others follow their client
    bool propagate = true;               // traceparent and tracestate are passed on to providers
    std::size_t queue_spans_max = 8192;  // waiting for the sink; over it spans are dropped and counted
};

// feedback: what users think of answers.
struct Feedback {
    bool store_comments = false;
    std::size_t queue_max = 10000;  // not written yet; over it 503
};

// One state of the configuration. A request keeps the one it began with.
struct Snapshot {
    std::uint64_t version = 0;   // rises with each reload
    std::string file;            // where it came from; empty: built-in defaults
    std::vector<Listen> listen;  // at least one
    std::size_t loops = 0;       // event loops; 0: one for each core
    Limits limits;
    Timeouts timeouts;
    Retries retries;
    Breaker breaker;
    Dns dns;
    Proxies proxies;                         // of providers that have none of their own
    Milliseconds shutdown_grace{30000};      // SIGTERM: streams may go on for this long
    Milliseconds shutdown_idle_grace{1000};  // SIGTERM: idle connections may send one more request for this long
    Milliseconds upgrade_timeout{30000};     // SIGUSR2: by then the new process has to serve
    LogSettings log;
    Errors errors;
    ResponseHeaders response_headers;
    Cors cors;
    RateLimit key_rate, address_rate;
    std::size_t rates_tracked_max = 100000;  // keys, and addresses, with a bucket of their own
    Control control;
    Watchdog watchdog;
    Storage storage;
    Identity identity;
    Plugins plugins;
    Tracing tracing;
    Policies policies;
    std::map<std::string, Provider> providers;
    std::map<std::string, Route> models;
    Feedback feedback;
    std::vector<model::Experiment> experiments;  // in the order of the file
    std::string default_provider;                // takes model names that no alias and no list knows; empty: 404
    std::string models_file;                     // more of what is known of models; empty: none
    std::size_t models_file_hash = 0;            // std::hash of its content, as it was read
    ModelTable model_table;                      // its entries and those that are built in
    bool pass_over_unfit = true;  // of several candidates those that the table knows to be of no use for a request
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

}  // namespace aihub::config
