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
};

}  // namespace

std::span<const Key> edge_schema() {
    return kEdgeSchema;
}

}  // namespace aihub::config
