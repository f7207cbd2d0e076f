// Asks a bundle again what recorded calls asked: to show that it decides the same each time, or what another one would
// have decided.
#pragma once

#include "base/amount.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "policy/bundle.hpp"
#include "policy/hook.hpp"
#include "policy/line_coverage.hpp"
#include "policy/policy_state.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aihub::policy {

enum class ReplayMode {
    verify,    // records of the bundle itself, in every part: each has to come out byte for byte
    candidate  // records of whatever bundle decided, not those in shadow: what would be otherwise
};

struct ReplayProgress {
    std::uint64_t bytes = 0;  // read of all
    std::uint64_t bytes_all = 0;
};

struct ReplayOptions {
    StateOptions state;                       // the limits that the gateway gives
    std::size_t workers = 2;                  // threads, 1 to 64
    std::optional<WallTime> since;            // of the calls; empty: all there are
    std::uint32_t sample = kAllRequests;      // of 10000 requests; a request comes with all its hooks or not at all
    std::string key;                          // id of the only key to look at; empty: all
    std::size_t changes_max = 10;             // that the report tells
    std::uint64_t watched_max = 20'000;       // records, about, of which the lines are looked at
    std::uint64_t compared_max = UINT64_MAX;  // about: after so many comparisons the rest stays unread
    // Asked before each record, on every thread: true leaves the rest unread. May be empty.
    std::function<bool()> stop;
    bool gives_way = false;                               // its threads run when others leave them time
    std::function<void(const ReplayProgress&)> progress;  // on the calling thread; may be empty

    static constexpr std::uint32_t kAllRequests = 10'000;
};

struct HookReplay {
    std::uint64_t compared = 0;
    std::uint64_t changed = 0;
    std::uint64_t errors = 0;         // now, of the script or its decision
    std::uint64_t stops = 0;          // now, over a limit
    std::uint64_t failed_before = 0;  // as recorded
    std::uint64_t gone = 0;           // the bundle has no such hook, so it could not be compared
    std::uint64_t steps_most = 0;     // of one call, now
    void add(const HookReplay& other);
};

// Of an organization, a key, a model.
struct ShareReplay {
    std::uint64_t compared = 0;
    std::uint64_t changed = 0;
};

// Decisions that changed in the same way.
struct ReplayChange {
    Hook hook = Hook::admit;
    std::string before;  // for people
    std::string after;
    std::uint64_t count = 0;
    // The first of them.
    std::string request_id;
    std::string organization;
    std::string key;
    std::string model;
    WallTime at{};
};

// From the first candidates of `route`. A call that changed has no recorded answer, so these are what the gateway knew
// of the providers at that moment, not what would have come.
struct RouteEstimate {
    std::uint64_t priced = 0;  // calls of which both prices were known
    double cost_before = 0;    // in the unit of prices: tokens estimated for the prompt, and asked for as output
    double cost_after = 0;
    std::uint64_t timed = 0;       // calls of which both latencies were known
    double latency_before_ms = 0;  // sums of the 95th percentiles
    double latency_after_ms = 0;
    void add(const RouteEstimate& other);
};

// Of one organization and currency, as `price` said.
struct PriceReplay {
    std::uint64_t compared = 0;
    Amount before;
    Amount after;
    bool too_large = false;  // the sums are not to be believed
};

struct ReplayReport {
    std::string bundle;              // its label
    std::vector<Hook> bundle_hooks;  // that it has
    ReplayMode mode = ReplayMode::verify;
    std::uint64_t files = 0;
    std::uint64_t records = 0;       // that were read
    std::uint64_t damaged = 0;       // of these: not readable
    std::uint64_t newer = 0;         // of these: written by a newer version
    std::uint64_t lost_bytes = 0;    // torn ends of files
    std::uint64_t unread_bytes = 0;  // over compared_max, or after `stop`
    std::uint64_t not_chosen = 0;    // by time, sample or key; and in candidate mode those in shadow
    std::uint64_t other_bundle = 0;  // verify: of other bundles
    // Were stopped by the clock (verify only), which does not repeat, or asked with values that are not in the file.
    std::uint64_t not_comparable = 0;
    std::array<HookReplay, kHooks.size()> hooks{};
    std::map<std::string, ShareReplay> organizations;
    std::map<std::string, ShareReplay> keys;
    std::map<std::string, ShareReplay> models;
    std::vector<ReplayChange> changes;  // the most frequent ones
    std::uint64_t changes_untold = 0;   // decisions that changed in other ways
    RouteEstimate route;
    std::map<std::string, PriceReplay> prices;  // "acme EUR"; records of `price` of which both have one
    std::uint64_t watched = 0;                  // records, of which the coverage is
    std::vector<FileCoverage> coverage;         // of the bundle by these

    [[nodiscard]] std::uint64_t compared() const;
    [[nodiscard]] std::uint64_t changed() const;
};

// Threads of its own, and as much memory as a few megabytes for each; files that are still written to are read as far
// as they are. not_found: no such folder; invalid_request: the bundle cannot be loaded; unavailable: the disk.
[[nodiscard]] Result<ReplayReport> replay(
    const std::string& directory,
    const std::shared_ptr<const Bundle>& bundle,
    ReplayMode mode,
    const ReplayOptions& options
);

}  // namespace aihub::policy
