#include "report_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aihub::experiment {
namespace {

const Comparison* find(const Report& report, const std::string& arm, Measure measure) {
    for (const auto& comparison : report.comparisons) {
        if (comparison.arm == arm && comparison.measure == measure) {
            return &comparison;
        }
    }
    return nullptr;
}

TEST(Report, ShowsTheArmsAsTheyAre) {
    const auto experiment = three_arms();
    Tally tally(experiment);
    add_calls(tally, 1, 6000);
    const auto report = make_report(experiment, tally);
    ASSERT_EQ(report.arms.size(), 3U);
    const auto& control = report.arms[0];
    EXPECT_TRUE(control.errors.interval->holds(0.05)) << control.errors.interval->low;
    EXPECT_TRUE(report.arms[2].errors.interval->holds(0.2)) << report.arms[2].errors.interval->low;
    EXPECT_NEAR(control.median.milliseconds, 100, 4);
    EXPECT_NEAR(report.arms[1].p99.milliseconds, 298, 5);
    EXPECT_TRUE(control.input_tokens.interval->holds(100));
    EXPECT_EQ(control.output_tokens.requests, 0U);
    EXPECT_NEAR(control.cost.value, 0.0125, 1e-9);
    EXPECT_EQ(control.weight, 2500);
    EXPECT_EQ(report.currency, "EUR");
}

TEST(Report, FindsTheDifferencesThatThereAreAndNoOther) {
    const auto experiment = three_arms();
    Tally tally(experiment);
    add_calls(tally, 2, 6000);
    const auto report = make_report(experiment, tally);
    const auto* slower = find(report, "slow", Measure::log_duration);
    ASSERT_NE(slower, nullptr);
    ASSERT_TRUE(slower->found);
    EXPECT_TRUE(slower->differs);
    EXPECT_TRUE(slower->found->interval.holds(std::log(2)));
    EXPECT_TRUE(find(report, "broken", Measure::errors)->differs);
    EXPECT_FALSE(find(report, "slow", Measure::errors)->differs);
    EXPECT_FALSE(find(report, "broken", Measure::log_duration)->differs);
    EXPECT_FALSE(find(report, "slow", Measure::input_tokens)->differs);
    // Costs that are all the same do not vary, so there is nothing to test.
    EXPECT_FALSE(find(report, "slow", Measure::cost)->found);
    EXPECT_TRUE(find(report, "slow", Measure::cost)->constant);
    EXPECT_EQ(find(report, "slow", Measure::feedback), nullptr);
}

TEST(Report, FewCallsAreNotCompared) {
    const auto experiment = three_arms();
    Tally tally(experiment);
    add_calls(tally, 3, 120);
    const auto report = make_report(experiment, tally);
    EXPECT_FALSE(find(report, "broken", Measure::errors)->found);
    // 120 requests of one unit are one observation.
    Tally alone(experiment);
    Observation observation;
    observation.duration = std::chrono::milliseconds(5);
    for (int call = 0; call < 120; ++call) {
        for (const char* arm : {"control", "slow"}) {
            observation.exposure.arm = arm;
            observation.duration = *observation.duration + std::chrono::microseconds(call);
            alone.add(observation);
        }
    }
    EXPECT_FALSE(find(make_report(experiment, alone), "slow", Measure::log_duration)->found);
}

TEST(Report, MoreComparisonsAreHarderToPass) {
    auto two = three_arms();
    two.arms.pop_back();
    const auto three = three_arms();
    Tally of_two(two);
    Tally of_three(three);
    add_calls(of_two, 4, 3000);
    add_calls(of_three, 4, 3000);
    const auto narrow = find(make_report(two, of_two), "slow", Measure::log_duration)->found->interval;
    const auto wide = find(make_report(three, of_three), "slow", Measure::log_duration)->found->interval;
    EXPECT_LT(narrow.high - narrow.low, wide.high - wide.low);
}

TEST(Report, WarnsWhenAnArmHasLostUnits) {
    const auto experiment = three_arms();
    Tally good(experiment);
    add_calls(good, 5, 6000);
    EXPECT_FALSE(make_report(experiment, good).units_bad) << make_report(experiment, good).units_p;
    Tally bad(experiment);
    add_calls(bad, 5, 6000);
    Observation more;
    more.exposure.arm = "slow";
    for (std::uint32_t unit = 0; unit < 300; ++unit) {
        more.exposure.tag = 77000000 + unit;
        bad.add(more);
    }
    EXPECT_TRUE(make_report(experiment, bad).units_bad);
}

TEST(Report, AnEmptyExperimentHasAReport) {
    const auto experiment = three_arms();
    const Tally tally(experiment);
    const auto report = make_report(experiment, tally);
    EXPECT_EQ(report.arms.size(), 3U);
    EXPECT_TRUE(report.comparisons.empty());
    EXPECT_FALSE(report.units_bad);
}

}  // namespace
}  // namespace aihub::experiment
