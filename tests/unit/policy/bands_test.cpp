#include "policy/bands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>

namespace aihub::policy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::DoubleNear;
using ::testing::Optional;

FigureValues calls(std::uint64_t count) {
    FigureValues values;
    values.calls = count;
    values.hook_calls = count;
    values.cost_nanos = 1000 * count;
    values.durations[10] = count;
    return values;
}

TEST(Bands, WhatIsAlikeStays) {
    EXPECT_EQ(outside({}, calls(1000), calls(9000)), std::nullopt);
    EXPECT_EQ(outside({}, {}, {}), std::nullopt);
}

TEST(Bands, EachHasAnEdge) {
    const auto base = calls(1000);
    const auto judge = [&](auto change, std::uint64_t most) {
        auto tried = calls(200);
        change(tried, most);
        EXPECT_EQ(outside({}, tried, base), std::nullopt);
        change(tried, most + 1);
        return outside({}, tried, base);
    };
    EXPECT_THAT(
        judge([](auto& of, auto count) { of.failed_calls = count; }, 10),
        Optional(std::string("5.5 % of its calls failed, and 0.0 % of those of the other bundle"))
    );
    EXPECT_THAT(
        judge([](auto& of, auto count) { of.denied = count; }, 20),
        Optional(std::string("10.5 % of its calls were refused, and 0.0 % of those of the other bundle"))
    );
    EXPECT_THAT(
        judge([](auto& of, auto count) { of.hook_failures = count; }, 2),
        Optional(std::string("1.5 % of the calls of its hooks failed, and 0.0 % with the other bundle"))
    );
    EXPECT_THAT(
        judge([](auto& of, auto count) { of.hook_stops = count; }, 0),
        Optional(std::string("1 calls of its hooks were stopped at a limit, and 0 with the other bundle"))
    );
    EXPECT_THAT(
        judge([](auto& of, auto micros) { of.cost_nanos = 200 * micros; }, 1500),
        Optional(std::string("a call costs 50.1 % more than with the other bundle"))
    );
}

TEST(Bands, DurationsAreCompared) {
    auto tried = calls(1000);
    tried.durations[10] -= 51;
    tried.durations[13] += 51;
    EXPECT_THAT(
        outside({}, tried, calls(1000)),
        Optional(std::string("the 95th percentile of the durations is 318.3 % more than with the other bundle"))
    );
    tried.durations[10] += 2;
    tried.durations[13] -= 2;
    EXPECT_EQ(outside({}, tried, calls(1000)), std::nullopt);
}

TEST(Bands, WithFewCallsOnlyStopsCount) {
    auto tried = calls(99);
    tried.failed_calls = 99;
    EXPECT_EQ(outside({}, tried, calls(1000)), std::nullopt);
    tried.hook_stops = 1;
    EXPECT_NE(outside({}, tried, calls(1000)), std::nullopt);
    EXPECT_NE(outside({}, tried, {}), std::nullopt);
    auto other = calls(1000);
    other.failed_calls = 1000;
    EXPECT_EQ(outside({}, other, calls(99)), std::nullopt) << "there is nothing to compare it with";
}

TEST(Bands, AFailureThatTheOtherBundleHasTooIsNotItsOwn) {
    auto tried = calls(1000);
    auto base = calls(1000);
    tried.failed_calls = 300;
    base.failed_calls = 260;
    tried.hook_failures = 200;
    base.hook_failures = 200;
    tried.hook_stops = 5;
    base.hook_stops = 5;
    EXPECT_EQ(outside({}, tried, base), std::nullopt);
}

TEST(Bands, ABundleInShadowIsJudgedByItsHooks) {
    FigureValues shadow;
    shadow.hook_calls = 100;
    shadow.hook_failures = 2;
    EXPECT_NE(outside({}, shadow, calls(1000)), std::nullopt);
    shadow.hook_failures = 1;
    EXPECT_EQ(outside({}, shadow, calls(1000)), std::nullopt);
}

TEST(FigureValues, ThePercentileIsWithinItsPowerOfTwo) {
    BundleFigures figures;
    EXPECT_EQ(FigureValues::of(figures).latency_p95_ms(), 0);
    for (int i = 0; i < 100; ++i) {
        figures.add_duration(milliseconds(i < 90 ? 1 : 3000));
    }
    const auto p95 = FigureValues::of(figures).latency_p95_ms();
    EXPECT_GT(p95, 2097);
    EXPECT_LT(p95, 4195);
}

TEST(FigureWindow, ForgetsWhatIsOlder) {
    const auto figures = std::make_shared<BundleFigures>();
    SteadyTime now{seconds(100)};
    figures->calls = 7;
    FigureWindow window(figures, now);
    EXPECT_EQ(window.look(now, seconds(60)).calls, 0U) << "only what comes counts";
    for (int second = 1; second <= 300; ++second) {
        now += seconds(1);
        figures->calls += 1;
        const auto came = window.look(now, seconds(60)).calls;
        if (second <= 60) {
            EXPECT_EQ(came, static_cast<std::uint64_t>(second));
        } else {
            EXPECT_THAT(static_cast<double>(came), DoubleNear(61, 1));
        }
    }
    now += seconds(3600);
    EXPECT_LE(window.look(now, seconds(60)).calls, 1U);
}

TEST(FigureWindow, WithoutFiguresNothingComes) {
    FigureWindow window(nullptr, SteadyTime());
    EXPECT_EQ(window.look(SteadyTime(seconds(5)), seconds(60)).calls, 0U);
}

}  // namespace
}  // namespace aihub::policy
