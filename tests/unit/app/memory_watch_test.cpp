#include "app/memory_watch.hpp"

#include "support/fake_log.hpp"
#include "support/posix.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace aihub::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class MemoryWatchTest : public ::testing::Test {
protected:
    void start(const MemoryBudget& budget) {
        watch.emplace(
            shedding,
            budget,
            [this] {
                ++looks;
                return resident.load();
            },
            log,
            metrics
        );
    }
    // Two more looks have begun, so one has ended that saw `bytes`.
    void have(std::uint64_t bytes) {
        resident = bytes;
        const int before = looks;
        EXPECT_TRUE(testing::eventually([&] { return looks >= before + 2; }));
    }

    std::atomic<bool> shedding{false};
    std::atomic<std::uint64_t> resident{0};
    std::atomic<int> looks{0};
    testing::FakeLog log;
    telemetry::Metrics metrics;
    std::optional<MemoryWatch> watch;
};

TEST_F(MemoryWatchTest, ShedsFromTheThresholdUntilATenthLessIsUsed) {
    start({1000, 80});
    have(799);
    EXPECT_FALSE(shedding);
    have(800);
    EXPECT_TRUE(shedding);
    EXPECT_THAT(metrics.render(), HasSubstr("aihub_memory_shedding 1\n"));
    have(720);
    EXPECT_TRUE(shedding) << "it flutters";
    have(719);
    EXPECT_FALSE(shedding);
    const auto text = metrics.render();
    EXPECT_THAT(text, HasSubstr("aihub_memory_shedding 0\n"));
    EXPECT_THAT(text, HasSubstr("aihub_memory_limit_bytes 1000\n"));
    EXPECT_THAT(text, HasSubstr("aihub_memory_resident_bytes 719\n"));
    EXPECT_THAT(
        log.lines(),
        ElementsAre(
            "warn: near the memory limit: new calls are refused resident_bytes=800 limit_bytes=1000",
            "warn: away from the memory limit: calls are taken again resident_bytes=719 limit_bytes=1000"
        )
    );
}

TEST_F(MemoryWatchTest, WithoutALimitOrAShareItNeverSheds) {
    for (const MemoryBudget budget : {MemoryBudget{0, 90}, MemoryBudget{1000, 0}}) {
        start(budget);
        resident = 5000;
        EXPECT_TRUE(testing::eventually([&] { return looks >= 1; }));
        watch.reset();
        EXPECT_FALSE(shedding);
        looks = 0;
    }
    EXPECT_THAT(log.lines(), IsEmpty());
}

TEST_F(MemoryWatchTest, ANewBudgetCountsAtOnce) {
    resident = 900;
    start({0, 90});
    watch->set_budget({1000, 90});
    EXPECT_TRUE(testing::eventually([&] { return shedding.load(); }));
    watch->set_budget({0, 90});
    EXPECT_TRUE(testing::eventually([&] { return !shedding; }));
}

TEST_F(MemoryWatchTest, TheMemoryOfThisProcessIsKnown) {
    const auto before = resident_bytes();
    EXPECT_GT(before, 1U << 20);
    const std::string more(64UL << 20, 'x');
    EXPECT_GT(resident_bytes(), before + (60UL << 20)) << more.size();
}

}  // namespace
}  // namespace aihub::app
