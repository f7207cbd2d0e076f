// What of an experiment that has begun may change, and what may not.
#pragma once

#include "model/experiment.hpp"

#include <string>

namespace aihub::experiment {

// Why `wanted` cannot follow `known`, the experiment of the same name as it was, with what to do: "its arms differ
// ...". Empty: it can. Only a higher ramp and `stopped` may differ.
[[nodiscard]] std::string why_not(const model::Experiment& known, const model::Experiment& wanted);

}  // namespace aihub::experiment
