// An experiment of three arms with calls whose figures are known.
#pragma once

#include "base/random.hpp"
#include "experiment/report.hpp"

#include <cmath>

namespace aihub::experiment {

inline model::Experiment three_arms() {
    model::Experiment made;
    made.name = "models";
    made.arms = {{"control", 5000, {}}, {"slow", 3000, {}}, {"broken", 2000, {}}};
    made.ramp = 5000;
    return made;
}

// `slow` takes twice as long as the control, `broken` fails one call in five instead of one in twenty.
inline void add_calls(Tally& tally, std::uint64_t seed, int units) {
    Random random(seed);
    const auto experiment = three_arms();
    for (int unit = 0; unit < units; ++unit) {
        Observation observation;
        observation.exposure.tag = static_cast<std::uint32_t>(random.below(kTags));
        const auto arm = arm_of(experiment, observation.exposure.tag % model::kBuckets);
        if (!arm) {
            continue;
        }
        observation.exposure.arm = experiment.arms[*arm].name;
        for (int call = 0; call < 3; ++call) {
            observation.failed = random.unit() < (*arm == 2 ? 0.2 : 0.05);
            const double milliseconds = (*arm == 1 ? 200 : 100) * (0.5 + random.unit());
            observation.duration.reset();
            if (!observation.failed) {
                observation.duration = std::chrono::microseconds(std::lround(milliseconds * 1000));
            }
            observation.input_tokens = 90 + random.below(21);
            observation.amount = "0.0125";
            observation.currency = "EUR";
            tally.add(observation);
        }
    }
}

}  // namespace aihub::experiment
