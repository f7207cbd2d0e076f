#include "catalog/health.hpp"

#include "support/fake_clock.hpp"

#include <gtest/gtest.h>

namespace aihub::catalog {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RetryBudget, repeats_stay_below_their_share_of_calls) {
    testing::FakeClock clock;
    RetryBudget budget;
    int repeats = 0;
    constexpr int kCalls = 12'000;  // an outage: each call would be repeated twice
    for (int call = 0; call < kCalls; ++call) {
        budget.count_call(20);
        repeats += budget.take(10, clock.steady_now()) ? 1 : 0;
        repeats += budget.take(10, clock.steady_now()) ? 1 : 0;
        clock.advance(milliseconds(5));
    }
    EXPECT_GE(repeats, kCalls / 5);
    EXPECT_LE(repeats, kCalls / 5 + 20);  // 10 at the start and 10 in the minute that has passed
}

TEST(RetryBudget, a_few_are_allowed_without_calls) {
    testing::FakeClock clock;
    RetryBudget budget;
    const auto taken = [&] {
        int count = 0;
        while (budget.take(6, clock.steady_now())) {
            ++count;
        }
        return count;
    };
    EXPECT_EQ(taken(), 6);
    clock.advance(seconds(10));
    EXPECT_EQ(taken(), 1);
    clock.advance(std::chrono::hours(5));
    EXPECT_EQ(taken(), 6);
    EXPECT_FALSE(RetryBudget().take(0, clock.steady_now()));
}

TEST(RetryBudget, tells_what_there_will_be_without_taking_it) {
    testing::FakeClock clock;
    RetryBudget budget;
    EXPECT_TRUE(budget.holds(6, clock.steady_now()));
    EXPECT_FALSE(budget.holds(0, clock.steady_now()));
    while (budget.take(6, clock.steady_now())) {
    }
    EXPECT_FALSE(budget.holds(6, clock.steady_now() + seconds(9)));
    EXPECT_TRUE(budget.holds(6, clock.steady_now() + seconds(11)));
    EXPECT_FALSE(budget.take(6, clock.steady_now()));
    budget.count_call(100);
    EXPECT_TRUE(budget.holds(0, clock.steady_now()));
    EXPECT_TRUE(budget.take(0, clock.steady_now()));
}

TEST(RetryBudget, good_times_do_not_save_up_for_ever) {
    testing::FakeClock clock;
    RetryBudget budget;
    for (int call = 0; call < 1'000'000; ++call) {
        budget.count_call(20);
    }
    int repeats = 0;
    while (budget.take(0, clock.steady_now())) {
        ++repeats;
    }
    EXPECT_EQ(repeats, 100);
}

TEST(PeakEwma, jumps_up_and_comes_down_slowly) {
    testing::FakeClock clock;
    PeakEwma latency;
    EXPECT_EQ(latency.expected(clock.steady_now()).count(), 0);
    latency.observe(milliseconds(100), clock.steady_now());
    EXPECT_NEAR(static_cast<double>(latency.expected(clock.steady_now()).count()), 100e6, 1e5);
    latency.observe(milliseconds(900), clock.steady_now());
    EXPECT_NEAR(static_cast<double>(latency.expected(clock.steady_now()).count()), 900e6, 1e6);
    latency.observe(milliseconds(100), clock.steady_now());
    EXPECT_GT(latency.expected(clock.steady_now()), milliseconds(700));
    for (int i = 0; i < 60; ++i) {
        clock.advance(milliseconds(10));
        latency.observe(milliseconds(100), clock.steady_now());
    }
    EXPECT_LT(latency.expected(clock.steady_now()), milliseconds(120));
}

TEST(PeakEwma, fades_when_nothing_is_seen) {
    testing::FakeClock clock;
    PeakEwma latency;
    latency.observe(seconds(8), clock.steady_now());
    clock.advance(PeakEwma::kFade);
    EXPECT_LT(latency.expected(clock.steady_now()), seconds(3));
    clock.advance(seconds(60));
    EXPECT_LT(latency.expected(clock.steady_now()), milliseconds(20));
}

TEST(HealthBoard, a_provider_keeps_its_health_as_long_as_somebody_has_it) {
    HealthBoard board;
    auto health = board.of("acme");
    EXPECT_EQ(board.of("acme"), health);
    EXPECT_NE(board.of("beta"), health);
    const std::weak_ptr<Health> gone = health;
    health.reset();
    EXPECT_TRUE(gone.expired());
    EXPECT_NE(board.of("acme"), nullptr);
}

}  // namespace
}  // namespace aihub::catalog
