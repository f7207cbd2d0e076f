#include "base/clock.hpp"

#include "support/fake_clock.hpp"

#include <gtest/gtest.h>

namespace aihub {
namespace {

using namespace std::chrono_literals;

TEST(SystemClock, goes_forward) {
    const SystemClock clock;
    const auto first = clock.steady_now();
    EXPECT_GE(clock.steady_now(), first);
    EXPECT_GT(clock.wall_now(), WallTime(std::chrono::hours(24 * 365 * 50)));  // after 2020
}

TEST(FakeClock, moves_only_when_told) {
    testing::FakeClock clock;
    const auto steady = clock.steady_now();
    const auto wall = clock.wall_now();
    EXPECT_EQ(clock.steady_now(), steady);
    clock.advance(5s);
    EXPECT_EQ(clock.steady_now() - steady, 5s);
    EXPECT_EQ(clock.wall_now() - wall, 5s);
}

}  // namespace
}  // namespace aihub
