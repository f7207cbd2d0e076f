// /v1/policies/explain and /replay: recorded decisions, asked again.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "control/route_table.hpp"
#include "policy/bundle.hpp"
#include "policy/policy_state.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace aihub::control {

struct PolicyReviewSettings {
    std::string directory;       // of the decision records
    policy::StateOptions state;  // the limits that the gateway gives
};

// Functions are called on any control thread, and outlive the table as the clock does.
struct PolicyReviews {
    const Clock& clock;
    std::function<PolicyReviewSettings()> settings;  // as the configuration is now
    // By hash or the beginning of one; not_found.
    std::function<Result<std::shared_ptr<const policy::Bundle>>(const std::string& which)> find_bundle;
    std::function<bool()> stopping;        // the process ends: break off
    std::chrono::milliseconds time_max{};  // for the records of one request; what is left then stays unread
};

// Records that a replay asks again, unless the request says how many.
inline constexpr std::uint64_t kReplayRecordsUsual = 100'000;
inline constexpr std::uint64_t kReplayRecordsMax = 1'000'000;

// One replay runs at a time, on one thread that gives way to model calls, and one explanation; others get 429.
void add_policy_reviews(RouteTable& table, PolicyReviews parts);

}  // namespace aihub::control
