// The names of a configuration, for the lint of policies.
#pragma once

#include "config/snapshot.hpp"
#include "policy/lint.hpp"

namespace aihub::app {

// `snapshot` outlives what is returned.
[[nodiscard]] policy::LintNames policy_names(const config::Snapshot& snapshot);

}  // namespace aihub::app
