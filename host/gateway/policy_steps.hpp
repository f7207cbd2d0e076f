// What policies say at the steps of a call, and what holds when they fail: policies.on_error.
#pragma once

#include "capability/provider.hpp"
#include "gateway/ask_policy.hpp"

#include <optional>
#include <string>
#include <vector>

namespace aihub::gateway {

// For calls that have policies. Each asks only hooks that the bundle has; a shadow is asked at admit and route, and
// where it says something else, that is counted.

// The class of limits, or empty. forbidden, with the policy's code and message: it says no. unavailable: it failed.
[[nodiscard]] Result<std::string> admit_by_policy(Worker& worker, Call& call);

// What `experiment` says. `control`: it failed, and the control arm of each experiment is taken.
struct ExperimentWord {
    bool control = false;
    policy::ExperimentDecision decision;  // experiments that it does not name are for the host to decide
};
[[nodiscard]] ExperimentWord experiments_by_policy(Worker& worker, Call& call);

// The candidates in the order in which they are tried, at least one: those of the decision, or `configured`.
// Candidates with different weights are put in an order by chance. A provider that there is not, and transforms, of
// which there are none, are failures of the hook; candidates that do not take the operation are left out.
// unavailable: it failed.
[[nodiscard]] Result<std::vector<catalog::Candidate>> route_by_policy(
    Worker& worker, Call& call, std::vector<catalog::Candidate> configured
);

// What comes after a failed attempt at `failed`.
struct FallbackWord {
    bool stop = false;
    const catalog::Candidate* next = nullptr;  // of the call's route, to which it may have been added; null: the next
};
[[nodiscard]] FallbackWord fallback_by_policy(
    Worker& worker, Call& call, const catalog::Candidate& failed, const capability::Failure& failure
);

// What `row` costs, of a call with policies: rating, amount and currency. Asked once for each row whose usage is final;
// a failure makes it "unrated", and never free. A bundle without the hook leaves the row as it is.
void rate_by_policy(Worker& worker, Call& call, model::UsageRow& row);

// At the end, before the row is stored: labels, and the figures of the bundle.
void record_policies(Worker& worker, Call& call, std::chrono::nanoseconds duration);

// "name=value,other=value", with "_" for "," and "=" in them; whole entries only, at most 256 bytes.
[[nodiscard]] std::string listed_pairs(const std::vector<std::pair<std::string, std::string>>& pairs);

}  // namespace aihub::gateway
