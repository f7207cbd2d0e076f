// Runs something in a child process and tells how that ended.
#pragma once

#include "base/result.hpp"

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace aihub::loader {

// What the child said, or why it could not say it.
struct ChildAnswer {
    bool passed = false;
    std::string text;  // the body's answer, or the reason of the failure
    std::chrono::milliseconds took{0};
};

using ChildBody = std::function<Result<std::string>()>;

// Forks and runs the bodies in the child, one after another, until one fails: what comes after it would run in a
// process that it may have damaged. Answers come in the order of the bodies; there is one for each that was begun.
// Failed: the body's Error; a signal ("crashed: Segmentation fault"); over `time_max` for one body (the child is
// killed); an exit() of its own; threads or open files that were not there before. The calling process should have one
// thread. Error text only; never throws in the parent.
[[nodiscard]] std::vector<ChildAnswer> run_in_child(
    std::chrono::milliseconds time_max, std::span<const ChildBody> bodies
);

}  // namespace aihub::loader
