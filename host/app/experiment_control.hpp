// What a running gateway does for experiments outside of calls: it holds their definitions, and stores feedback.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/snapshot.hpp"
#include "experiment/definition_store.hpp"
#include "experiment/feedback_writer.hpp"
#include "storage/database.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

#include <chrono>
#include <memory>

namespace aihub::app {

class ExperimentControl {
public:
    // Makes the tables and takes the experiments of `config` as adopt() does. References outlive the control.
    static Result<std::unique_ptr<ExperimentControl>> create(
        storage::Database& database,
        const config::Snapshot& config,
        const Clock& clock,
        telemetry::Log& log,
        telemetry::Metrics& metrics
    );

    // Before `config` counts. invalid_request: an experiment that has begun differs from what it was; the message says
    // where and what to do. Blocks on the database.
    Result<void> adopt(const config::Snapshot& config);

    [[nodiscard]] experiment::FeedbackWriter& feedback() { return feedback_; }

private:
    ExperimentControl(
        experiment::DefinitionStore definitions,
        experiment::FeedbackStore feedback,
        const config::Snapshot& config,
        const Clock& clock,
        telemetry::Log& log,
        telemetry::Metrics& metrics
    );

    const Clock& clock_;
    experiment::DefinitionStore definitions_;
    experiment::FeedbackStore feedback_store_;
    experiment::FeedbackWriter feedback_;
};

}  // namespace aihub::app
