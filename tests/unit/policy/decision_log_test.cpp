#include "policy/decision_log.hpp"

#include "support/decision_fixture.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_log.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

namespace aihub::policy {
namespace {

using testing::DecisionFolder;
using testing::full_facts;
using testing::kSomeHash;

class DecisionLogTest : public ::testing::Test {
protected:
    DecisionLogOptions options() const {
        DecisionLogOptions chosen;
        chosen.directory = folder.path();
        return chosen;
    }
    static void record(DecisionLane& lane, const std::string& request_id) {
        auto call = full_facts();
        call.request_id = request_id;
        Answer<AdmitDecision> answer;
        answer.decision = AdmitDecision{true, "", "", "gold"};
        lane.record({Hook::admit, DecidedAs::active, "eu", kSomeHash, call}, answer);
    }
    std::uint64_t count(const std::string& result) {
        return metrics.counter("aihub_policy_decisions_total", "", {{"result", result}}).value();
    }
    // The request ids of all records, and "values 7" for values.
    std::vector<std::string> recorded() const {
        std::vector<std::string> all;
        for (const auto& payload : folder.payloads()) {
            DecisionRecord record;
            ValuesRecord values;
            if (decode_values(payload, values)) {
                all.push_back("values " + std::to_string(values.version));
            } else {
                EXPECT_TRUE(decode_record(payload, record));
                all.emplace_back(record.facts.call.request_id);
            }
        }
        return all;
    }

    DecisionFolder folder;
    testing::FakeClock clock;
    testing::FakeLog log;
    telemetry::Metrics metrics;
};

TEST_F(DecisionLogTest, WhatLanesTookIsOnDiskAfterTheStop) {
    DecisionLog decisions(options(), clock, log, metrics);
    auto& first = decisions.lane();
    auto& second = decisions.lane();
    record(first, "r1");
    record(first, "r2");
    record(second, "r3");
    decisions.stop();
    decisions.stop();
    auto all = recorded();
    std::ranges::sort(all);
    EXPECT_EQ(all, (std::vector<std::string>{"r1", "r2", "r3"}));
    EXPECT_EQ(count("written"), 3U);
    EXPECT_EQ(count("dropped"), 0U);
    EXPECT_GT(metrics.counter("aihub_policy_decision_bytes_total", "").value(), 300U);
}

TEST_F(DecisionLogTest, NothingRecordedMakesNoFile) {
    DecisionLog decisions(options(), clock, log, metrics);
    (void)decisions.lane();
    decisions.set_values(1, {{"a", "b"}});
    decisions.stop();
    EXPECT_TRUE(list_decision_files(folder.path())->empty());
}

TEST_F(DecisionLogTest, OverTheQueueRecordsAreDroppedAndCounted) {
    auto chosen = options();
    chosen.queue_max = 3;
    chosen.interval = std::chrono::hours(1);
    DecisionLog decisions(chosen, clock, log, metrics);
    auto& lane = decisions.lane();
    // The writer empties it at half; however that falls, every record is either written or counted.
    for (int i = 0; i < 1000; ++i) {
        record(lane, "r");
    }
    decisions.stop();
    EXPECT_EQ(recorded().size(), count("written"));
    EXPECT_EQ(count("written") + count("dropped"), 1000U);
    EXPECT_GT(count("dropped"), 0U);
}

TEST_F(DecisionLogTest, ARecordThatIsTooLargeIsDropped) {
    DecisionLog decisions(options(), clock, log, metrics);
    auto& lane = decisions.lane();
    record(lane, std::string(kRecordBytesMax, 'x'));
    record(lane, "r2");
    decisions.stop();
    EXPECT_EQ(recorded(), (std::vector<std::string>{"r2"}));
    EXPECT_EQ(count("dropped"), 1U);
}

TEST_F(DecisionLogTest, EachFileBeginsWithTheValues) {
    auto chosen = options();
    chosen.file_bytes_max = 1;
    for (std::uint64_t version = 1; version <= 2; ++version) {
        DecisionLog decisions(chosen, clock, log, metrics);
        decisions.set_values(10 * version, {{"a", "b"}});
        decisions.set_values(10 * version + 1, {});
        record(decisions.lane(), "r" + std::to_string(version));
        decisions.stop();
    }
    EXPECT_EQ(recorded(), (std::vector<std::string>{"values 10", "values 11", "r1", "values 20", "values 21", "r2"}));
}

TEST_F(DecisionLogTest, AFullDiskIsSaidOnceAndCounted) {
    // A file stands where the folder has to be.
    std::ofstream(folder.path() + "/file") << "x";
    auto chosen = options();
    chosen.directory = folder.path() + "/file/decisions";
    DecisionLog decisions(chosen, clock, log, metrics);
    record(decisions.lane(), "r1");
    record(decisions.lane(), "r2");
    decisions.stop();
    EXPECT_EQ(count("dropped"), 2U);
    ASSERT_EQ(log.lines().size(), 1U);
    EXPECT_NE(log.lines()[0].find("error: decisions of policies are not recorded why=cannot make"), std::string::npos);
}

TEST_F(DecisionLogTest, TheOldestFilesAreRemoved) {
    auto chosen = options();
    for (int i = 0; i < 5; ++i) {
        chosen.bytes_max = i < 4 ? 1U << 20U : 1;
        DecisionLog decisions(chosen, clock, log, metrics);
        record(decisions.lane(), "r" + std::to_string(i));
        decisions.stop();
        clock.advance(std::chrono::seconds(1));
    }
    EXPECT_EQ(recorded(), (std::vector<std::string>{"r4"}));
}

}  // namespace
}  // namespace aihub::policy
