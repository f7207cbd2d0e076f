#include "policy/replay_tally.hpp"

#include <gtest/gtest.h>

namespace aihub::policy {
namespace {

std::string labelled(const std::string& value) {
    std::string out;
    append_result(out, LabelDecision{{{"n", value}}});
    return out;
}

// A call of `label` at a time, which said "old".
void count(ReplayTally& tally, const std::string& request_id, int second, const std::string& now) {
    const auto before = labelled("old");
    DecisionRecord record;
    record.hook = Hook::label;
    record.bundle_hash = std::string(64, 'a');
    record.result = before;
    record.facts.call.request_id = request_id;
    record.facts.call.organization = "acme";
    record.facts.call.now = WallTime(std::chrono::seconds(second));
    const auto after = labelled(now);
    tally.count(record, after, 100, before != after);
}

TEST(ReplayTally, TheMostFrequentChangesAreToldWithTheirFirstCall) {
    ReplayTally first;
    ReplayTally second;
    count(first, "r5", 5, "a");
    count(first, "r6", 6, "b");
    count(first, "r7", 7, "old");
    count(second, "r1", 1, "b");
    count(second, "r2", 2, "b");
    count(second, "r3", 3, "c");
    first.merge(std::move(second));
    const auto report = first.finish(2);
    EXPECT_EQ(report.compared(), 6U);
    EXPECT_EQ(report.changed(), 5U);
    ASSERT_EQ(report.changes.size(), 2U);
    EXPECT_EQ(report.changes[0].after, "n=b");
    EXPECT_EQ(report.changes[0].count, 3U);
    EXPECT_EQ(report.changes[0].request_id, "r1");
    EXPECT_EQ(report.changes_untold, 1U);
    EXPECT_EQ(report.organizations.at("acme").changed, 5U);
}

TEST(ReplayTally, MemoryIsBounded) {
    ReplayTally tally;
    for (std::size_t i = 0; i < kReplayChangesMax + 10; ++i) {
        count(tally, "r", 1, std::to_string(i));
    }
    const auto report = tally.finish(kReplayChangesMax * 2);
    EXPECT_EQ(report.changes.size(), kReplayChangesMax);
    EXPECT_EQ(report.changes_untold, 10U);
    EXPECT_EQ(report.changed(), kReplayChangesMax + 10);
}

TEST(ReplayTally, NamesAreBounded) {
    ReplayTally tally;
    const auto said = labelled("x");
    DecisionRecord record;
    record.hook = Hook::label;
    record.result = said;
    for (std::size_t i = 0; i < kReplayNamesMax + 5; ++i) {
        const auto key = "k" + std::to_string(i);
        record.facts.call.key = key;
        tally.count(record, said, 1, false);
    }
    const auto report = tally.finish(1);
    EXPECT_EQ(report.keys.size(), kReplayNamesMax + 1);
    EXPECT_EQ(report.keys.at(std::string(kOtherNames)).compared, 5U);
}

}  // namespace
}  // namespace aihub::policy
