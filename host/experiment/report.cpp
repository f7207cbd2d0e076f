#include "experiment/report.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace aihub::experiment {

namespace {

using model::kBuckets;

// Below these a comparison is not asymptotic enough to be believed.
constexpr double kRequestsMin = 100;
constexpr double kClustersMin = 20;
constexpr std::uint64_t kErrorsMin = 10;
constexpr double kUnitsAlarm = 0.001;

constexpr std::array kAll{
    Measure::errors,
    Measure::log_duration,
    Measure::input_tokens,
    Measure::output_tokens,
    Measure::cost,
    Measure::feedback};
static_assert(kAll.size() == kMeasures);

// One unit says nothing of others.
std::optional<Interval> unless_alone(const ClusteredMean& mean, const Interval& interval) {
    return mean.clusters() < 2 ? std::nullopt : std::optional(interval);
}

Estimate estimate(const ClusteredMean& mean) {
    return {mean.mean(), unless_alone(mean, mean.interval()), static_cast<std::uint64_t>(mean.count())};
}

// Buckets that its units can have. Before the ramp began, or after it was set to 0, its share.
double weight_of(const model::Experiment& experiment, const model::ExperimentArm& arm) {
    return experiment.ramp > 0 ? arm.share * experiment.ramp / kBuckets : arm.share;
}

ArmReport report_arm(const model::Experiment& experiment, const Tally& tally, std::size_t place) {
    const auto& arm = tally.arms()[place];
    const auto of = [&](Measure measure) { return tally.mean(place, measure); };
    ArmReport made;
    made.name = experiment.arms[place].name;
    made.tally = &arm;
    made.weight = weight_of(experiment, experiment.arms[place]);
    const auto errors = of(Measure::errors);
    made.errors = {errors.mean(), unless_alone(errors, share_interval(errors)), arm.requests};
    made.median = arm.durations.percentile(0.5);
    made.p95 = arm.durations.percentile(0.95);
    made.p99 = arm.durations.percentile(0.99);
    made.input_tokens = estimate(of(Measure::input_tokens));
    made.output_tokens = estimate(of(Measure::output_tokens));
    made.cost = estimate(of(Measure::cost));
    made.feedback = estimate(of(Measure::feedback));
    return made;
}

bool enough(const ClusteredMean& mean) {
    return mean.count() >= kRequestsMin && mean.effective_clusters() >= kClustersMin;
}

// Nothing: no arm has the measure at all.
std::optional<Comparison> compare_arm(
    const Tally& tally, std::size_t place, const std::string& name, Measure measure, const ReportOptions& options
) {
    const auto arm = tally.mean(place, measure);
    const auto control = tally.mean(0, measure);
    if (arm.count() == 0 && control.count() == 0) {
        return std::nullopt;
    }
    Comparison made{name, measure, {}, false, false};
    const bool few_errors = tally.arms()[place].errors + tally.arms()[0].errors < kErrorsMin;
    if (!enough(arm) || !enough(control) || (measure == Measure::errors && few_errors)) {
        return made;
    }
    if (arm.variance() + control.variance() <= 0) {
        made.constant = true;
        return made;
    }
    const auto others = static_cast<double>(tally.arms().size() - 1);
    made.found = compare(arm, control, options.alpha / others, options.planned);
    made.differs = !made.found->interval.holds(0);
    return made;
}

}  // namespace

std::string_view measure_name(Measure measure) {
    constexpr std::array<std::string_view, kMeasures> kNames{
        "errors", "duration", "input_tokens", "output_tokens", "cost", "feedback"};
    return kNames[static_cast<std::size_t>(measure)];
}

Report make_report(const model::Experiment& experiment, const Tally& tally, const ReportOptions& options) {
    Report made;
    made.experiment = &experiment;
    made.currency = tally.currency();
    made.unknown_arms = tally.unknown_arms();
    made.bad_amounts = tally.bad_amounts();
    std::vector<std::uint64_t> units;
    std::vector<double> weights;
    for (std::size_t place = 0; place < experiment.arms.size(); ++place) {
        made.arms.push_back(report_arm(experiment, tally, place));
        units.push_back(tally.arms()[place].units);
        weights.push_back(made.arms.back().weight);
    }
    made.units_p = proportions_p(units, weights);
    made.units_bad = made.units_p < kUnitsAlarm;
    for (std::size_t place = 1; place < experiment.arms.size(); ++place) {
        for (const auto measure : kAll) {
            if (auto compared = compare_arm(tally, place, experiment.arms[place].name, measure, options)) {
                made.comparisons.push_back(*std::move(compared));
            }
        }
    }
    return made;
}

}  // namespace aihub::experiment
