#include "experiment/tally.hpp"

#include <algorithm>
#include <cmath>

namespace aihub::experiment {

namespace {

using model::kBuckets;

// For means only; sums of money are exact.
double approximate(Amount amount) {
    constexpr double kUnitsOfOne = 1e12;
    return static_cast<double>(amount.units()) / kUnitsOfOne;
}

}  // namespace

Tally::Tally(const model::Experiment& experiment)
    : experiment_(experiment), arms_(experiment.arms.size()), buckets_(experiment.arms.size()), seen_(kTags) {}

void Tally::measure(Bucket& bucket, Measure what, double value) {
    auto& place = bucket[static_cast<std::size_t>(what)];
    place.sum += value;
    place.count += 1;
}

void Tally::add_amount(ArmTally& arm, Bucket& bucket, const Observation& observation) {
    const auto amount = Amount::parse(observation.amount);
    if (!amount) {
        ++bad_amounts_;
        return;
    }
    const std::string currency(observation.currency);
    const auto sum = arm.amounts[currency].plus(*amount);
    if (!sum) {
        ++bad_amounts_;
        return;
    }
    arm.amounts[currency] = *sum;
    currencies_differ_ = currencies_differ_ || (!currency_.empty() && currency_ != currency);
    currency_ = currencies_differ_ ? std::string() : currency;
    measure(bucket, Measure::cost, approximate(*amount));
}

void Tally::add(const Observation& observation) {
    const auto& exposure = observation.exposure;
    const auto found = std::ranges::find(experiment_.arms, exposure.arm, &model::ExperimentArm::name);
    if (found == experiment_.arms.end()) {
        ++unknown_arms_;
        return;
    }
    const auto place = static_cast<std::size_t>(found - experiment_.arms.begin());
    auto& arm = arms_[place];
    if (exposure.origin != Origin::drawn) {
        ++(exposure.origin == Origin::chosen ? arm.chosen : arm.assignment_errors);
        return;
    }
    ++arm.requests;
    if (!seen_[exposure.tag]) {
        seen_[exposure.tag] = true;
        ++arm.units;
    }
    auto& buckets = buckets_[place];
    if (buckets.empty()) {
        buckets.resize(kBuckets);
    }
    auto& bucket = buckets[exposure.tag % kBuckets];
    arm.errors += observation.failed ? 1 : 0;
    measure(bucket, Measure::errors, observation.failed ? 1 : 0);
    if (observation.duration) {
        arm.durations.add(*observation.duration);
        measure(
            bucket, Measure::log_duration, std::log(std::max(1.0, static_cast<double>(observation.duration->count())))
        );
    }
    if (observation.input_tokens) {
        arm.input_tokens += *observation.input_tokens;
        measure(bucket, Measure::input_tokens, static_cast<double>(*observation.input_tokens));
    }
    if (observation.output_tokens) {
        arm.output_tokens += *observation.output_tokens;
        measure(bucket, Measure::output_tokens, static_cast<double>(*observation.output_tokens));
    }
    if (!observation.amount.empty()) {
        add_amount(arm, bucket, observation);
    }
    if (observation.score) {
        ++arm.scores;
        measure(bucket, Measure::feedback, *observation.score);
    }
}

ClusteredMean Tally::mean(std::size_t arm, Measure measure) const {
    ClusteredMean made;
    if (measure == Measure::cost && currencies_differ_) {
        return made;
    }
    for (const auto& bucket : buckets_[arm]) {
        const auto& place = bucket[static_cast<std::size_t>(measure)];
        made.add(place.sum, place.count);
    }
    return made;
}

}  // namespace aihub::experiment
