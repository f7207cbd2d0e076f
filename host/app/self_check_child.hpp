// The self-check of policies in a process of its own, at any time: threads of this one do not matter.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <chrono>
#include <string>

namespace aihub::app {

// Runs `program policy self-check` and waits for its end, at most for `patience`; blocks. An error says which script
// was not held, or that the check could not be made.
[[nodiscard]] Result<void> self_check_by_child(
    const std::string& program, const Clock& clock, std::chrono::milliseconds patience
);

}  // namespace aihub::app
