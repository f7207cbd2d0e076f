// What one thread of a replay counts. Inside host/policy only.
#pragma once

#include "policy/decision_record.hpp"
#include "policy/replay.hpp"

#include <map>
#include <string>
#include <tuple>
#include <unordered_map>

namespace aihub::policy {

// Names that are told apart in a report; the calls of further ones are counted together.
inline constexpr std::size_t kReplayNamesMax = 10'000;
inline constexpr std::string_view kOtherNames = "(others)";
// Ways of changing that are told apart while a thread counts.
inline constexpr std::size_t kReplayChangesMax = 2'000;

class ReplayTally {
public:
    // `after` is what the bundle says now, as append_result() wrote it.
    void count(const DecisionRecord& record, std::string_view after, std::uint64_t steps, bool changed);
    // The bundle has no such hook: what the configuration says takes the place of its decision.
    void count_gone(const DecisionRecord& record);
    // What was not compared, and why.
    ReplayReport& report() { return report_; }

    // The counts of `other` behind those of this.
    void merge(ReplayTally&& other);
    // Everything that was counted, with at most so many ways of changing.
    [[nodiscard]] ReplayReport finish(std::size_t changes_max);

private:
    using ChangeKey = std::tuple<Hook, std::string, std::string>;

    void count_shares(const DecisionRecord& record, bool changed);
    void count_change(const DecisionRecord& record, std::string_view after);
    void estimate_route(const DecisionRecord& record, const Said& before, const Said* after);
    void add_price(const DecisionRecord& record, const Said& before, const Said& after);
    void keep_change(ChangeKey key, ReplayChange change);

    ReplayReport report_;
    std::map<ChangeKey, ReplayChange> changes_;
    std::uint64_t untold_ = 0;
};

}  // namespace aihub::policy
