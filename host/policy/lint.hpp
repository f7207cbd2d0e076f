// What is wrong with a bundle, as far as it can be told without a call.
#pragma once

#include "policy/bundle.hpp"

#include <memory>
#include <string>
#include <vector>

namespace aihub::policy {

struct LintFinding {
    std::string file;
    int line = 0;
    std::string message;
    bool operator==(const LintFinding&) const = default;

    [[nodiscard]] std::string text() const;  // "route.lua:12: ..."
};

// In the order of files and lines: syntax, names that there are not, globals that are written; and when none of these
// was found, what loading the bundle says.
[[nodiscard]] std::vector<LintFinding> lint(const std::shared_ptr<const Bundle>& bundle);

}  // namespace aihub::policy
