#include "app/experiment_control.hpp"

#include <utility>

namespace aihub::app {

Result<std::unique_ptr<ExperimentControl>> ExperimentControl::create(
    storage::Database& database,
    const config::Snapshot& config,
    const Clock& clock,
    telemetry::Log& log,
    telemetry::Metrics& metrics
) {
    auto definitions = AIHUB_TRY(experiment::DefinitionStore::create(database));
    auto feedback = AIHUB_TRY(experiment::FeedbackStore::create(database));
    AIHUB_CHECK(definitions.adopt(config.experiments, clock.wall_now()));
    return std::unique_ptr<ExperimentControl>(new ExperimentControl(definitions, feedback, config, clock, log, metrics)
    );
}

ExperimentControl::ExperimentControl(
    experiment::DefinitionStore definitions,
    experiment::FeedbackStore feedback,
    const config::Snapshot& config,
    const Clock& clock,
    telemetry::Log& log,
    telemetry::Metrics& metrics
)
    : clock_(clock),
      definitions_(definitions),
      feedback_store_(feedback),
      feedback_(feedback_store_, clock, log, metrics, {.queue_max = config.feedback.queue_max}) {}

Result<void> ExperimentControl::adopt(const config::Snapshot& config) {
    return definitions_.adopt(config.experiments, clock_.wall_now());
}

}  // namespace aihub::app
