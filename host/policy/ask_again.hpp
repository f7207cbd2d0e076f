// Asks a bundle what a recorded call asked.
#pragma once

#include "policy/decision_record.hpp"
#include "policy/policy_state.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace aihub::policy {

// Limits for a replay: the same steps and memory, but processor time that does not stop a script on a slow machine or
// one whose lines are watched. Nobody listens to its log.
[[nodiscard]] StateOptions patient(StateOptions options);

// Appends what the hook says now to `out`, as append_result() does; gives the steps.
std::uint64_t ask_again(PolicyState& state, const DecisionRecord& record, std::string& out);

struct RunLine {
    std::string file;
    int line = 0;
    bool operator==(const RunLine&) const = default;
};

// What happened when a hook was asked again.
struct TracedRun {
    std::string result;          // as append_result() wrote it
    std::vector<RunLine> lines;  // in order; the last one decided
    bool cut = false;            // more than kTracedLinesMax ran; the last one stands at the end all the same
};
inline constexpr std::size_t kTracedLinesMax = 1000;

// In a fresh state. invalid_request: the bundle cannot be loaded, or has no such hook.
[[nodiscard]] Result<TracedRun> trace_again(
    const std::shared_ptr<const Bundle>& bundle, const StateOptions& options, const DecisionRecord& record
);

}  // namespace aihub::policy
