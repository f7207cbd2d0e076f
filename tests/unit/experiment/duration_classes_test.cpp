#include "experiment/duration_classes.hpp"

#include "base/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace aihub::experiment {
namespace {

using std::chrono::microseconds;

TEST(DurationClasses, PercentilesAreRightToOnePercent) {
    DurationClasses durations;
    for (int i = 1; i <= 10000; ++i) {
        durations.add(microseconds(i * 1000));
    }
    EXPECT_EQ(durations.count(), 10000U);
    for (const double share : {0.5, 0.95, 0.99}) {
        const auto found = durations.percentile(share);
        EXPECT_NEAR(found.milliseconds, 10000 * share, 100 * share);
        const double half = 1.96 * std::sqrt(10000 * share * (1 - share));
        EXPECT_NEAR(found.interval.low, 10000 * share - half, 110 * share);
        EXPECT_NEAR(found.interval.high, 10000 * share + half, 110 * share);
    }
}

TEST(DurationClasses, TheIntervalHoldsThePercentileInMostSamples) {
    Random random(7);
    int held = 0;
    constexpr int kSamples = 300;
    for (int sample = 0; sample < kSamples; ++sample) {
        DurationClasses durations;
        for (int i = 0; i < 200; ++i) {
            durations.add(microseconds(static_cast<int>(-100000 * std::log(1 - random.unit()))));
        }
        // Of an exponential distribution with a mean of 100 ms. Half a class is lost at each end.
        const double truth = 100 * std::log(20);
        const auto found = durations.percentile(0.95);
        held += found.interval.low * 0.99 <= truth && truth <= found.interval.high * 1.01 ? 1 : 0;
    }
    EXPECT_GE(held, kSamples * 93 / 100);
    EXPECT_LT(held, kSamples);
}

TEST(DurationClasses, FewOrNoneOrHugeOnesHavePercentilesToo) {
    DurationClasses durations;
    EXPECT_EQ(durations.percentile(0.5).milliseconds, 0);
    durations.add(microseconds(2000));
    EXPECT_NEAR(durations.percentile(0.99).milliseconds, 2, 0.02);
    EXPECT_NEAR(durations.percentile(0.99).interval.high, 2, 0.02);
    durations.add(microseconds(0));
    durations.add(std::chrono::hours(24 * 365 * 100));
    EXPECT_NEAR(durations.percentile(0.01).milliseconds, 0.001, 0.0001);
    EXPECT_GT(durations.percentile(0.99).milliseconds, 1e6);
}

}  // namespace
}  // namespace aihub::experiment
