#include "gateway/trail.hpp"

#include "support/fake_clock.hpp"

#include <gtest/gtest.h>

namespace aihub::gateway {
namespace {

using namespace std::chrono_literals;

TEST(Trail, books_time_on_steps) {
    testing::FakeClock clock;
    Trail trail;
    trail.begin(clock.steady_now());
    clock.advance(3ms);
    trail.mark_waited(Step::receive, clock.steady_now());
    clock.advance(1ms);
    trail.mark(Step::identify, clock.steady_now());
    trail.mark(Step::decide, clock.steady_now());
    clock.advance(2ms);
    trail.mark(Step::relay, clock.steady_now());
    clock.advance(5ms);
    trail.mark_waited(Step::relay, clock.steady_now());
    EXPECT_EQ(trail.spent(Step::receive), 3ms);
    EXPECT_EQ(trail.spent(Step::identify), 1ms);
    EXPECT_EQ(trail.spent(Step::decide), 0ms);
    EXPECT_EQ(trail.spent(Step::relay), 7ms);
    EXPECT_EQ(trail.spent(Step::record), 0ms);
    EXPECT_EQ(trail.waited(), 8ms);
    EXPECT_EQ(trail.own(), 3ms);
}

TEST(Trail, names_the_nine_steps) {
    constexpr std::array<std::string_view, kSteps> kNames{
        "receive", "identify", "decide", "route", "admit", "dispatch", "relay", "settle", "record"};
    for (std::size_t i = 0; i < kSteps; ++i) {
        EXPECT_EQ(step_name(static_cast<Step>(i)), kNames[i]);
    }
}

TEST(Trail, is_as_new_after_a_reset) {
    Trail trail;
    trail.begin(SteadyTime(std::chrono::seconds(1)));
    trail.mark_waited(Step::relay, SteadyTime(std::chrono::seconds(3)));
    trail.row.request_id = "req_1";
    trail.row.provider = "up";
    trail.row.attempts = 2;
    trail.row.usage.input = 5;
    trail.fallback = "timeout";
    trail.reset();
    trail.begin(SteadyTime(std::chrono::seconds(4)));
    EXPECT_EQ(trail.row.request_id, "");
    EXPECT_EQ(trail.row.provider, "");
    EXPECT_EQ(trail.row.attempts, 0U);
    EXPECT_EQ(trail.row.usage, model::Usage{});
    EXPECT_EQ(trail.fallback, "");
    EXPECT_EQ(trail.waited(), std::chrono::nanoseconds(0));
    EXPECT_EQ(trail.spent(Step::relay), std::chrono::nanoseconds(0));
}

}  // namespace
}  // namespace aihub::gateway
