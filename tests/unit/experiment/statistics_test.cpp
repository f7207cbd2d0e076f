#include "experiment/statistics.hpp"

#include "base/random.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

namespace aihub::experiment {
namespace {

TEST(Statistics, WilsonGivesThePublishedIntervals) {
    // Newcombe 1998, table I, method 3.
    const struct {
        double successes, trials, low, high;
    } kPublished[] = {
        {81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}};
    for (const auto& each : kPublished) {
        const auto interval = wilson(each.successes, each.trials);
        EXPECT_NEAR(interval.low, each.low, 0.00005) << each.successes;
        EXPECT_NEAR(interval.high, each.high, 0.00005) << each.successes;
    }
    EXPECT_EQ(wilson(0, 0).high, 1);
}

TEST(Statistics, ChiSquareHasThePublishedCriticalValues) {
    EXPECT_NEAR(chi_square_p(3.841458820694124, 1), 0.05, 1e-12);
    EXPECT_NEAR(chi_square_p(5.991464547107979, 2), 0.05, 1e-12);
    // Computed with 30 digits by another program.
    EXPECT_NEAR(chi_square_p(0.5, 1), 0.479500122187, 1e-11);
    EXPECT_NEAR(chi_square_p(10.828, 1), 0.000999765719583, 1e-14);
    EXPECT_NEAR(chi_square_p(18.467, 4), 0.000999921934467, 1e-14);
    EXPECT_NEAR(chi_square_p(100, 3), 1.55415943139e-21, 1e-30);
    EXPECT_NEAR(chi_square_p(2, 7), 0.95984036873, 1e-11);
    EXPECT_EQ(chi_square_p(0, 1), 1);
}

TEST(Statistics, CountsAreComparedWithTheirWeights) {
    const std::array<std::uint64_t, 2> counts{5100, 4900};
    EXPECT_NEAR(proportions_p(counts, std::array{1.0, 1.0}), chi_square_p(4, 1), 1e-12);
    EXPECT_NEAR(proportions_p(counts, std::array{51.0, 49.0}), 1, 1e-12);
    EXPECT_LT(proportions_p(counts, std::array{3.0, 1.0}), 1e-100);
    // An arm that nobody can be in says nothing.
    const std::array<std::uint64_t, 3> three{5100, 4900, 0};
    EXPECT_NEAR(proportions_p(three, std::array{1.0, 1.0, 0.0}), chi_square_p(4, 1), 1e-12);
    EXPECT_EQ(proportions_p(std::array<std::uint64_t, 2>{}, std::array{1.0, 1.0}), 1);
}

TEST(Statistics, AMeanOfClustersHasTheVarianceOfARatio) {
    // By hand: R = 12/6 = 2; residuals 3-2, 5-6, 4-4: 1 + 1 + 0; 3/2 * 2 / 36.
    ClusteredMean mean;
    mean.add(3, 1);
    mean.add(5, 3);
    mean.add(4, 2);
    mean.add(0, 0);
    EXPECT_EQ(mean.clusters(), 3);
    EXPECT_EQ(mean.count(), 6);
    EXPECT_EQ(mean.mean(), 2);
    EXPECT_NEAR(mean.variance(), 3.0 / 36, 1e-15);
    EXPECT_NEAR(mean.interval().high, 2 + 1.959963984540054 * std::sqrt(3.0 / 36), 1e-14);
}

TEST(Statistics, ClustersOfOneAreTheOrdinaryVariance) {
    ClusteredMean mean;
    double squares = 0;
    for (int value = 1; value <= 9; ++value) {
        mean.add(value, 1);
        squares += (value - 5) * (value - 5);
    }
    EXPECT_NEAR(mean.variance(), squares / 8 / 9, 1e-14);
}

TEST(Statistics, WhatDoesNotVaryHasNoVariance) {
    ClusteredMean mean;
    for (int cluster = 1; cluster < 1000; ++cluster) {
        mean.add(0.1 * cluster, cluster);
    }
    EXPECT_EQ(mean.variance(), 0);
    ClusteredMean one;
    one.add(5, 10);
    EXPECT_EQ(one.variance(), 0);
    EXPECT_EQ(ClusteredMean().mean(), 0);
    const auto nothing = compare(mean, mean, 0.05, 10000);
    EXPECT_EQ(nothing.difference, 0);
    EXPECT_EQ(nothing.p, 1);
}

TEST(Statistics, AShareWithAlikeRequestsIsLessCertain) {
    ClusteredMean independent;
    ClusteredMean alike;
    for (int cluster = 0; cluster < 100; ++cluster) {
        independent.add(2, 10);
        alike.add(cluster < 20 ? 10 : 0, 10);
    }
    const auto narrow = share_interval(independent);
    const auto wide = share_interval(alike);
    EXPECT_NEAR(narrow.low, wilson(200, 1000).low, 1e-12);
    // 100 clusters that are all or nothing are 99 observations, by the factor m/(m-1).
    EXPECT_NEAR(wide.low, wilson(19.8, 99).low, 1e-6);
    EXPECT_NEAR(wide.high, wilson(19.8, 99).high, 1e-6);
    const auto none = share_interval(ClusteredMean());
    EXPECT_EQ(none.low, 0);
    EXPECT_EQ(none.high, 1);
}

// A mean with this variance: two clusters of equal size.
ClusteredMean mean_of(double mean, double variance, double count) {
    ClusteredMean made;
    // m/(m-1) * 2 e^2 / count^2 = variance, with m = 2.
    const double each = std::sqrt(variance * count * count / 4);
    made.add(mean * count / 2 + each, count / 2);
    made.add(mean * count / 2 - each, count / 2);
    return made;
}

// With 30 digits, by Howard et al. 2021, equation (14), with variance time v = n and rho = 1 / r.
TEST(Statistics, TheSequenceIsTheNormalMixture) {
    const struct {
        double difference, variance, count, alpha, planned, half, p;
    } kComputed[] = {
        {0.02, 0.00004, 10000, 0.05, 10000, 0.0191978486574, 0.0351340379607},
        {-3, 0.5, 2000, 0.025, 5000, 2.36530430871, 0.00160754375058},
        {0.001, 0.0001, 500, 0.05, 10000, 0.0456395362268, 1}};
    for (const auto& each : kComputed) {
        const auto arm = mean_of(5 + each.difference, each.variance / 2, each.count / 2);
        const auto control = mean_of(5, each.variance / 2, each.count / 2);
        const auto found = compare(arm, control, each.alpha, each.planned);
        EXPECT_NEAR(found.difference, each.difference, 1e-12);
        EXPECT_NEAR(found.interval.high - found.difference, each.half, 1e-9);
        EXPECT_NEAR(found.difference - found.interval.low, each.half, 1e-9);
        EXPECT_NEAR(found.p, each.p, 1e-9);
    }
}

// The interval leaves out 0 exactly when p is below alpha.
TEST(Statistics, IntervalAndPAgree) {
    for (double difference = 0.001; difference < 0.1; difference *= 1.1) {
        const auto found = compare(mean_of(difference, 0.0001, 3000), mean_of(0, 0.0001, 3000), 0.05, 10000);
        EXPECT_EQ(!found.interval.holds(0), found.p < 0.05) << difference;
    }
}

// Requests of two arms over some days. Each unit has a share of errors of its own, so requests of a unit are alike.
class Traffic {
public:
    Traffic(Random& random, std::size_t units, double share, double spread) : random_(random), sums_(units) {
        for (std::size_t unit = 0; unit < units; ++unit) {
            shares_.push_back(share + spread * (2 * random.unit() - 1));
        }
    }
    // Each unit has up to `most` requests.
    void day(std::size_t most) {
        for (std::size_t unit = 0; unit < sums_.size(); ++unit) {
            for (auto left = random_.below(most + 1); left > 0; --left) {
                sums_[unit].first += random_.unit() < shares_[unit] ? 1 : 0;
                sums_[unit].second += 1;
            }
        }
    }
    [[nodiscard]] ClusteredMean mean() const {
        ClusteredMean made;
        for (const auto& [sum, count] : sums_) {
            made.add(sum, count);
        }
        return made;
    }

private:
    Random& random_;
    std::vector<double> shares_;
    std::vector<std::pair<double, double>> sums_;
};

struct Peeking {
    int sequential = 0;  // of the experiments those in which a day's look said that there is a difference
    int fixed = 0;       // the same by an interval for one look
};

constexpr int kExperiments = 400;

Peeking peek_daily(double share, double difference, double spread) {
    constexpr int kDays = 30;
    constexpr std::size_t kUnits = 150;
    Random random(20261122);
    Peeking found;
    for (int experiment = 0; experiment < kExperiments; ++experiment) {
        Traffic control(random, kUnits, share, spread);
        Traffic arm(random, kUnits, share + difference, spread);
        bool sequential = false;
        bool fixed = false;
        for (int day = 0; day < kDays && !(sequential && fixed); ++day) {
            control.day(2);
            arm.day(2);
            const auto of_arm = arm.mean();
            const auto of_control = control.mean();
            const auto looked = compare(of_arm, of_control, 0.05, 5000);
            const double error = std::sqrt(of_arm.variance() + of_control.variance());
            sequential = sequential || !looked.interval.holds(0);
            fixed = fixed || std::abs(looked.difference) > kZ * error;
        }
        found.sequential += sequential ? 1 : 0;
        found.fixed += fixed ? 1 : 0;
    }
    return found;
}

// A look a day at an experiment without a difference: at most 5 % may say that there is one. The interval for one look
// breaks that promise, so the simulation can tell.
TEST(Statistics, LookingDailyKeepsTheRateOfFalseAlarms) {
    const auto found = peek_daily(0.1, 0, 0);
    EXPECT_LE(found.sequential, kExperiments * 5 / 100);
    EXPECT_GE(found.fixed, kExperiments * 15 / 100);
}

TEST(Statistics, LookingDailyKeepsTheRateAlsoForAlikeRequests) {
    const auto found = peek_daily(0.2, 0, 0.2);
    EXPECT_LE(found.sequential, kExperiments * 5 / 100);
    EXPECT_GE(found.fixed, kExperiments * 10 / 100);
}

TEST(Statistics, LookingDailyFindsADifference) {
    const auto found = peek_daily(0.1, 0.05, 0);
    EXPECT_GE(found.sequential, kExperiments * 95 / 100);
}

}  // namespace
}  // namespace aihub::experiment
