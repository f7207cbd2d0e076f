#include "config/schema.hpp"

namespace aihub::config {
namespace {

constexpr std::uint64_t kDayMs = 24 * 3600000;
constexpr std::uint64_t kRequestsMax = 1000000;

constexpr Key kEdgeSchema[] = {
    {.path = "cors",
     .type = Type::block,
     .text =
         "Which pages may call the gateway from a browser. Answers carry the fields of the CORS protocol, errors too; "
         "the preflight needs no key."},
    {.path = "cors.allowed_origins",
     .type = Type::texts,
     .slot = AIHUB_SLOT(Snapshot, cors.allowed_origins),
     .fallback = "none: off",
     .text =
         "Origins as browsers write them, `https://app.example.com` or `http://localhost:3000`. `[\"*\"]` alone: every "
         "page; whoever can make a user open one can then use the gateway from that user's network."},
    {.path = "cors.allow_credentials",
     .type = Type::boolean,
     .slot = AIHUB_SLOT(Snapshot, cors.allow_credentials),
     .text =
         "Pages may send cookies and client certificates along, which a proxy before the gateway may need. Keys of the "
         "gateway do not need it. Not with `*`."},
    {.path = "cors.max_age",
     .type = Type::duration,
     .slot = AIHUB_SLOT(Snapshot, cors.max_age),
     .max = kDayMs,
     .text = "How long a browser may keep what a preflight said; browsers have limits of their own."},
    {.path = "rate_limits",
     .type = Type::block,
     .text = "How many requests may come in a time: token buckets. Over it 429 with Retry-After. Health, readiness, "
             "metrics and preflights are not counted. Each process counts for itself, and begins anew at a start."},
    {.path = "rate_limits.tracked_max",
     .type = Type::count,
     .slot = AIHUB_SLOT(Snapshot, rates_tracked_max),
     .min = 64,
     .max = 100000000,
     .text = "Keys, and as many addresses, whose requests are counted at a time, about 100 bytes each. Those that come "
             "beyond it share few buckets, so they may be refused earlier."},
    {.path = "rate_limits.key", .type = Type::block, .text = "Requests of each API key."},
    {.path = "rate_limits.key.requests_per_second",
     .type = Type::count,
     .slot = AIHUB_SLOT(Snapshot, key_rate.per_second),
     .max = kRequestsMax,
     .text = "So many in a second. 0: no limit, or that of a minute."},
    {.path = "rate_limits.key.requests_per_minute",
     .type = Type::count,
     .slot = AIHUB_SLOT(Snapshot, key_rate.per_minute),
     .max = kRequestsMax,
     .text = "So many in a minute, in place of the other. 0: no limit, or that of a second."},
    {.path = "rate_limits.key.burst",
     .type = Type::count,
     .slot = AIHUB_SLOT(Snapshot, key_rate.burst),
     .max = kRequestsMax,
     .text = "So many at once, when none came for a while. 0: those of the second or the minute."},
    {.path = "rate_limits.address",
     .type = Type::block,
     .text =
         "Requests of each client address (an IPv4 address or an IPv6 /64 network; behind `trusted_proxies` that of "
         "the client), with and without a good key."},
    {.path = "rate_limits.address.requests_per_second",
     .type = Type::count,
     .slot = AIHUB_SLOT(Snapshot, address_rate.per_second),
     .max = kRequestsMax,
     .text = "As for a key."},
    {.path = "rate_limits.address.requests_per_minute",
     .type = Type::count,
     .slot = AIHUB_SLOT(Snapshot, address_rate.per_minute),
     .max = kRequestsMax,
     .text = "As for a key."},
    {.path = "rate_limits.address.burst",
     .type = Type::count,
     .slot = AIHUB_SLOT(Snapshot, address_rate.burst),
     .max = kRequestsMax,
     .text = "As for a key."},
    {.path = "control",
     .type = Type::block,
     .text = "The management API: on the same port as model calls, with threads of its own; see "
             "[the API](api/README.md)."},
    {.path = "control.enabled",
     .type = Type::boolean,
     .slot = AIHUB_SLOT(Snapshot, control.enabled),
     .reload = Reload::restart,
     .text = "Off: its paths are answered with 404."},
    {.path = "control.threads",
     .type = Type::count,
     .slot = AIHUB_SLOT(Snapshot, control.threads),
     .min = 1,
     .max = 256,
     .reload = Reload::restart,
     .text = "Requests to it that run at a time."},
    {.path = "control.queue_max",
     .type = Type::count,
     .slot = AIHUB_SLOT(Snapshot, control.queue_max),
     .min = 1,
     .max = 4096,
     .reload = Reload::restart,
     .text = "Requests to it that wait for a thread; over it 503 with Retry-After."},
    {.path = "control.body_bytes_max",
     .type = Type::bytes,
     .slot = AIHUB_SLOT(Snapshot, control.body_bytes_max),
     .min = 1024,
     .max = 1ULL * 1024 * 1024 * 1024,
     .reload = Reload::restart,
     .text = "Body of a request to it; over it 413. It is held whole, within `limits.body_memory_max`."},
    {.path = "control.timeout",
     .type = Type::duration,
     .slot = AIHUB_SLOT(Snapshot, control.timeout),
     .min = 100,
     .max = 3600000,
     .reload = Reload::restart,
     .text = "How long it may take until its answer begins, waiting for a thread included; then 504. What was begun is "
             "not undone."},
};

}  // namespace

std::span<const Key> edge_schema() {
    return kEdgeSchema;
}

}  // namespace aihub::config
