// What is wrong with a bundle, as far as it can be told without a call.
#pragma once

#include "policy/bundle.hpp"

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::policy {

struct LintFinding {
    std::string file;
    int line = 0;
    std::string message;
    bool operator==(const LintFinding&) const = default;

    [[nodiscard]] std::string text() const;  // "route.lua:12: ..."
};

// What the configuration knows, for the texts in policies that can only be such names.
struct LintNames {
    using Names = std::set<std::string, std::less<>>;
    Names providers;
    Names experiments;
    std::function<bool(std::string_view name)> has_model;
};

// In the order of files and lines: syntax, names that there are not, globals that are written, data and modules that
// the bundle has not, with `names` providers, models and experiments that are not among them; and when none of these
// was found, what loading the bundle says. Names in specs are their own affair.
[[nodiscard]] std::vector<LintFinding> lint(
    const std::shared_ptr<const Bundle>& bundle, const LintNames* names = nullptr
);

}  // namespace aihub::policy
