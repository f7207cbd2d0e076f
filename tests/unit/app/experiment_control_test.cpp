#include "app/experiment_control.hpp"

#include "support/fake_clock.hpp"
#include "support/fake_log.hpp"
#include "support/posix.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aihub::app {
namespace {

using ::testing::HasSubstr;

class ExperimentControlTest : public ::testing::Test {
protected:
    void SetUp() override {
        storage::DatabaseOptions options;
        options.url = "sqlite:" + directory.file("aihub.db");
        auto opened = storage::Database::open(options, clock, metrics);
        ASSERT_TRUE(opened) << opened.error().message;
        database = *std::move(opened);
        model::Experiment experiment;
        experiment.name = experiment.salt = "cheaper";
        experiment.arms = {{"control", 5000, {}}, {"small", 5000, {}}};
        experiment.unit = {model::UnitKind::key};
        experiment.source = "hub.yaml:3";
        config.experiments = {experiment};
    }
    Result<std::unique_ptr<ExperimentControl>> create() {
        return ExperimentControl::create(*database, config, real, log, metrics);
    }

    aihub::testing::TempDir directory;
    aihub::testing::FakeClock clock;
    SystemClock real;
    aihub::testing::FakeLog log;
    telemetry::Metrics metrics;
    config::Snapshot config;
    std::unique_ptr<storage::Database> database;
};

TEST_F(ExperimentControlTest, a_reload_may_ramp_up_and_nothing_else) {
    config.experiments.front().ramp = 100;
    auto control = create();
    ASSERT_TRUE(control) << control.error().message;
    config.experiments.front().ramp = 5000;
    EXPECT_TRUE((*control)->adopt(config));
    config.experiments.front().salt = "other";
    const auto refused = (*control)->adopt(config);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("hub.yaml:3: experiments.cheaper: salt may not change"));
}

TEST_F(ExperimentControlTest, a_start_with_another_definition_is_refused) {
    ASSERT_TRUE(create());
    config.experiments.front().arms[1].name = "tiny";
    const auto refused = create();
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("choose another name"));
}

TEST_F(ExperimentControlTest, feedback_is_taken_up_to_its_limit) {
    config.feedback.queue_max = 1;
    auto control = create();
    ASSERT_TRUE(control) << control.error().message;
    EXPECT_TRUE((*control)->feedback().add({"r", "k", 1, "", {}}));
    EXPECT_TRUE(aihub::testing::eventually([&] {
        return metrics.counter("aihub_feedback_written_total", "").value() == 1;
    }));
}

}  // namespace
}  // namespace aihub::app
