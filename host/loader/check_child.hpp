// Runs something in a child process and tells how that ended.
#pragma once

#include "base/result.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace aihub::loader {

// What the child said, or why it could not say it.
struct ChildAnswer {
    bool passed = false;
    std::string text;  // the body's answer, or the reason of the failure
};

// Forks, runs `body` in the child and waits. Failed: the body's Error; a signal ("crashed: Segmentation fault"); over
// `time_max` (the child is killed); an exit() of its own; threads or open files that were not there before. The calling
// process should have one thread. Error text only; never throws in the parent.
[[nodiscard]] ChildAnswer run_in_child(
    std::chrono::milliseconds time_max, const std::function<Result<std::string>()>& body
);

}  // namespace aihub::loader
