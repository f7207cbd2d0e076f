// The usage rows of an experiment, one after another.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "experiment/tally.hpp"
#include "storage/database.hpp"

#include <functional>
#include <string>

namespace aihub::experiment {

// Hands those that were recorded from `since` on to `take`, in memory that does not grow with their number. Feedback
// counts only when it came with the key of the call. The tables of usage rows and of feedback exist. Blocks: never on a
// loop.
[[nodiscard]] Result<void> read_exposed_rows(
    storage::Database& database,
    const std::string& experiment,
    WallTime since,
    const std::function<void(const Observation& observation)>& take
);

}  // namespace aihub::experiment
