#include "experiment/tally.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace aihub::experiment {
namespace {

class TallyTest : public ::testing::Test {
protected:
    static model::Experiment make() {
        model::Experiment made;
        made.name = "e";
        made.arms = {{"control", 5000, {}}, {"b", 5000, {}}};
        return made;
    }
    void add(std::string_view arm, std::uint32_t tag, Observation observation = {}) {
        observation.exposure.arm = arm;
        observation.exposure.tag = tag;
        tally.add(observation);
    }

    const model::Experiment experiment = make();
    Tally tally{experiment};
};

TEST_F(TallyTest, requests_and_units_are_counted_by_arm) {
    add("control", 10001);
    add("control", 10001);
    add("control", 20001);
    add("b", 5);
    EXPECT_EQ(tally.arms()[0].requests, 3U);
    EXPECT_EQ(tally.arms()[0].units, 2U);
    EXPECT_EQ(tally.arms()[1].requests, 1U);
    EXPECT_EQ(tally.arms()[1].units, 1U);
    add("c", 6);
    EXPECT_EQ(tally.unknown_arms(), 1U);
}

TEST_F(TallyTest, measures_are_means_over_buckets) {
    Observation one;
    one.failed = true;
    one.input_tokens = 10;
    one.score = -1;
    Observation two;
    two.duration = std::chrono::microseconds(1000);
    two.input_tokens = 30;
    two.output_tokens = 7;
    add("b", 10001, one);
    add("b", 20001, two);  // the same bucket as the one above
    add("b", 2, two);
    const auto errors = tally.mean(1, Measure::errors);
    EXPECT_EQ(errors.clusters(), 2);
    EXPECT_EQ(errors.count(), 3);
    EXPECT_NEAR(errors.mean(), 1.0 / 3, 1e-12);
    EXPECT_NEAR(tally.mean(1, Measure::log_duration).mean(), std::log(1000), 1e-12);
    EXPECT_NEAR(tally.mean(1, Measure::input_tokens).mean(), 70.0 / 3, 1e-12);
    EXPECT_EQ(tally.mean(1, Measure::output_tokens).count(), 2);
    EXPECT_EQ(tally.mean(1, Measure::feedback).mean(), -1);
    EXPECT_EQ(tally.mean(1, Measure::cost).count(), 0);
    EXPECT_EQ(tally.mean(0, Measure::errors).count(), 0);
    EXPECT_EQ(tally.arms()[1].errors, 1U);
    EXPECT_EQ(tally.arms()[1].input_tokens, 70U);
    EXPECT_EQ(tally.arms()[1].durations.count(), 2U);
    EXPECT_EQ(tally.arms()[1].scores, 1U);
}

TEST_F(TallyTest, who_was_not_drawn_is_counted_apart) {
    Observation observation;
    observation.failed = true;
    observation.exposure.origin = Origin::chosen;
    add("b", 1, observation);
    observation.exposure.origin = Origin::error;
    add("control", 1, observation);
    EXPECT_EQ(tally.arms()[1].chosen, 1U);
    EXPECT_EQ(tally.arms()[0].assignment_errors, 1U);
    EXPECT_EQ(tally.arms()[0].requests + tally.arms()[1].requests, 0U);
    EXPECT_EQ(tally.arms()[1].errors, 0U);
}

TEST_F(TallyTest, money_adds_up_exactly) {
    Observation observation;
    observation.amount = "0.000000000001";
    observation.currency = "EUR";
    for (int i = 0; i < 1000; ++i) {
        add("b", static_cast<std::uint32_t>(i), observation);
    }
    observation.amount = "12.1";
    add("b", 7, observation);
    EXPECT_EQ(tally.arms()[1].amounts.at("EUR").text(), "12.100000001");
    EXPECT_EQ(tally.currency(), "EUR");
    EXPECT_EQ(tally.mean(1, Measure::cost).count(), 1001);
    observation.amount = "1e5";
    add("b", 7, observation);
    EXPECT_EQ(tally.bad_amounts(), 1U);
}

TEST_F(TallyTest, several_currencies_have_sums_but_no_mean) {
    Observation observation;
    observation.amount = "1";
    for (const char* currency : {"EUR", "USD", "EUR"}) {
        observation.currency = currency;
        add("b", 1, observation);
    }
    EXPECT_EQ(tally.arms()[1].amounts.at("EUR").text(), "2");
    EXPECT_EQ(tally.arms()[1].amounts.at("USD").text(), "1");
    EXPECT_EQ(tally.currency(), "");
    EXPECT_EQ(tally.mean(1, Measure::cost).count(), 0);
}

}  // namespace
}  // namespace aihub::experiment
