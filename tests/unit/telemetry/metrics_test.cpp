#include "telemetry/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <sstream>
#include <thread>

namespace aihub::telemetry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kDroppedFamily =
    "# HELP aihub_metrics_series_dropped_total Series that were asked for over the limit.\n"
    "# TYPE aihub_metrics_series_dropped_total counter\n"
    "aihub_metrics_series_dropped_total 0\n";

TEST(Metrics, AGaugeThatIsForgottenMakesRoom) {
    Metrics metrics(2);
    for (int version = 1; version <= 5; ++version) {
        const std::vector<Label> labels{{"version", std::to_string(version)}};
        metrics.gauge_from(
            "v", "V.", [] { return 1.0; }, labels
        );
        EXPECT_THAT(metrics.render(), HasSubstr("v{version=\"" + std::to_string(version) + "\"} 1\n"));
        metrics.forget_gauge_from("v", labels);
    }
    EXPECT_EQ(metrics.render(), kDroppedFamily);
    auto& kept = metrics.gauge("g", "G.");
    metrics.forget_gauge_from("g", {});
    kept.set(7);
    EXPECT_THAT(metrics.render(), HasSubstr("g 7\n")) << "somebody holds it";
    metrics.forget_gauge_from("nothing", {});
}

TEST(Metrics, FamiliesStandInOrderOfNameWithHelpAndType) {
    Metrics metrics;
    metrics.gauge("b_open", "Open things.").set(-3);
    metrics.counter("c_total", "Things.", {{"kind", "y"}}).add(2);
    metrics.counter("c_total", "Things.", {{"kind", "x"}}).add();
    EXPECT_EQ(
        metrics.render(),
        std::string(kDroppedFamily) +
            "# HELP b_open Open things.\n# TYPE b_open gauge\nb_open -3\n"
            "# HELP c_total Things.\n# TYPE c_total counter\nc_total{kind=\"x\"} 1\nc_total{kind=\"y\"} 2\n"
    );
}

TEST(Metrics, TheSameNameAndLabelsAreTheSameSeriesInAnyOrder) {
    Metrics metrics;
    Counter& first = metrics.counter("t_total", "T.", {{"a", "1"}, {"b", "2"}});
    EXPECT_EQ(&first, &metrics.counter("t_total", "T.", {{"b", "2"}, {"a", "1"}}));
    EXPECT_NE(&first, &metrics.counter("t_total", "T.", {{"a", "1"}, {"b", "3"}}));
    EXPECT_NE(&first, &metrics.counter("t_total", "T.", {{"a", "1\",b=\"2"}}));
}

TEST(Metrics, EscapesHelpAndLabelValuesAndMakesNamesValid) {
    Metrics metrics;
    metrics.counter("9x.y total", "a\\b\n\"c\"", {{"l-1", "q\"\\\n\xff"}}).add();
    EXPECT_THAT(
        metrics.render(),
        HasSubstr("# HELP _x_y_total a\\\\b\\n\"c\"\n# TYPE _x_y_total counter\n"
                  "_x_y_total{l_1=\"q\\\"\\\\\\n\xEF\xBF\xBD\"} 1\n")
    );
}

TEST(Metrics, HistogramIsCumulativeWithSumAndCount) {
    Metrics metrics;
    Histogram& histogram = metrics.histogram("d_seconds", "D.", {{"step", "route"}, {"le", "x"}});
    histogram.observe_ns(10'000);           // on a bound: in that bucket
    histogram.observe_ns(10'001);           // in the next
    histogram.observe_ns(-5);               // as zero
    histogram.observe_ns(100'000'000'000);  // over the last bound
    const std::string text = metrics.render();
    EXPECT_THAT(
        text, HasSubstr("# TYPE d_seconds histogram\nd_seconds_bucket{le_=\"x\",step=\"route\",le=\"0.000001\"} 1\n")
    );
    EXPECT_THAT(text, HasSubstr("step=\"route\",le=\"0.00001\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("step=\"route\",le=\"0.00002\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("step=\"route\",le=\"50\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("step=\"route\",le=\"+Inf\"} 4\n"));
    EXPECT_THAT(text, HasSubstr("d_seconds_sum{le_=\"x\",step=\"route\"} 100.000020001\n"));
    EXPECT_THAT(text, HasSubstr("d_seconds_count{le_=\"x\",step=\"route\"} 4\n"));
}

TEST(Metrics, HistogramBoundsRise) {
    for (std::size_t i = 1; i < Histogram::kBuckets; ++i) {
        EXPECT_LT(Histogram::bound(i - 1), Histogram::bound(i));
    }
    EXPECT_DOUBLE_EQ(Histogram::bound(0), 1e-6);
    EXPECT_TRUE(std::isinf(Histogram::bound(Histogram::kBuckets - 1)));
}

TEST(Metrics, GaugeFromAsksAtReadingAndCanBeReplaced) {
    Metrics metrics;
    double value = 1.5;
    metrics.gauge_from("q_depth", "Q.", [&] { return value; });
    EXPECT_THAT(metrics.render(), HasSubstr("\nq_depth 1.5\n"));
    value = std::numeric_limits<double>::infinity();
    EXPECT_THAT(metrics.render(), HasSubstr("\nq_depth +Inf\n"));
    metrics.gauge_from("q_depth", "Q.", [] { return std::nan(""); });
    EXPECT_THAT(metrics.render(), HasSubstr("\nq_depth NaN\n"));
}

TEST(Metrics, AGaugeFunctionMayUseTheRegistry) {
    Metrics metrics;
    metrics.gauge_from("q_depth", "Q.", [&] {
        metrics.counter("asked_total", "A.").add();
        return 7.0;
    });
    const std::string text = metrics.render();
    EXPECT_THAT(text, HasSubstr("\nq_depth 7\n"));
    EXPECT_THAT(text, HasSubstr("\nasked_total 1\n"));
}

TEST(Metrics, OverTheLimitSeriesAreHiddenAndCounted) {
    Metrics metrics(2);
    metrics.counter("a_total", "A.").add();
    metrics.gauge("b", "B.").set(1);
    metrics.counter("c_total", "C.").add(5);
    metrics.histogram("d_seconds", "D.").observe_ns(1);
    metrics.gauge_from("e", "E.", [] { return 1.0; });
    metrics.counter("a_total", "A.").add();  // known: still found
    const std::string text = metrics.render();
    EXPECT_THAT(text, HasSubstr("\naihub_metrics_series_dropped_total 3\n"));
    EXPECT_THAT(text, HasSubstr("\na_total 2\n"));
    EXPECT_THAT(text, Not(HasSubstr("c_total")));
    EXPECT_THAT(text, Not(HasSubstr("d_seconds")));
    EXPECT_THAT(text, Not(HasSubstr("# HELP e ")));
}

TEST(Metrics, ANameOfAnotherKindIsRefused) {
    Metrics metrics;
    metrics.counter("a_total", "A.").add();
    metrics.gauge("a_total", "A.").set(9);
    const std::string text = metrics.render();
    EXPECT_THAT(text, HasSubstr("\na_total 1\n"));
    EXPECT_THAT(text, HasSubstr("series_dropped_total 1\n"));
}

TEST(Metrics, ManyThreadsLoseNothing) {
    Metrics metrics;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&metrics, t] {
                Counter& counter = metrics.counter("n_total", "N.");
                for (int i = 0; i < 10000; ++i) {
                    counter.add();
                }
                metrics.counter("own_total", "O.", {{"t", std::to_string(t)}}).add();
                EXPECT_THAT(metrics.render(), HasSubstr("n_total"));
            });
        }
    }
    EXPECT_EQ(metrics.counter("n_total", "N.").value(), 40000U);
    EXPECT_THAT(metrics.render(), HasSubstr("own_total{t=\"3\"} 1\n"));
}

}  // namespace
}  // namespace aihub::telemetry
