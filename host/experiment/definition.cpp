#include "experiment/definition.hpp"

#include <algorithm>

namespace aihub::experiment {

namespace {

using model::Experiment;

std::vector<std::string> sorted(std::vector<std::string> names) {
    std::ranges::sort(names);
    return names;
}

std::string fixed_part_that_differs(const Experiment& known, const Experiment& wanted) {
    if (known.arms != wanted.arms) {
        return "arms";
    }
    if (known.salt != wanted.salt) {
        return "salt";
    }
    if (known.unit != wanted.unit) {
        return "unit";
    }
    if (sorted(known.models) != sorted(wanted.models)) {
        return "models";
    }
    if (known.layer != wanted.layer || known.layer_from != wanted.layer_from || known.layer_to != wanted.layer_to) {
        return "layer, layer_from or layer_to";
    }
    return {};
}

// "12.5", without trailing zeros.
std::string percent(std::uint32_t buckets) {
    constexpr std::uint32_t kOne = 100;
    std::string text = std::to_string(buckets / kOne);
    if (const auto rest = std::to_string(kOne + buckets % kOne); rest != "100") {
        text += "." + rest.substr(1);
    }
    return text;
}

}  // namespace

std::string why_not(const Experiment& known, const Experiment& wanted) {
    if (const auto part = fixed_part_that_differs(known, wanted); !part.empty()) {
        return part +
               " may not change after it has begun, because callers would move between its arms; choose another name "
               "for the new one, or write it as it was (`aihub experiment show " +
               known.name + "`)";
    }
    if (wanted.ramp < known.ramp) {
        return "ramp may only grow, because callers would leave their arms; write " + percent(known.ramp) +
               " or more, or stopped: true";
    }
    return {};
}

}  // namespace aihub::experiment
