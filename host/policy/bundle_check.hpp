// Whether a bundle may run: what has to be right before it is activated, wherever it comes from.
#pragma once

#include "policy/bundle.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace aihub::policy {

struct BundleCheck {
    // What is wrong, each with its file and, where it is known, its line: "route.lua:12: ...". Empty: it may run.
    std::vector<std::string> findings;
    std::size_t specs = 0;  // that were run; 0: the bundle has none, or was not got so far

    [[nodiscard]] bool good() const { return findings.empty(); }
    // All findings, for a log or an error.
    [[nodiscard]] std::string text() const;
};

// Lints it, then runs its specs. A bundle with the hook `price` has to have some. Takes as long as its specs do: for
// control threads.
[[nodiscard]] BundleCheck check_bundle(const std::shared_ptr<const Bundle>& bundle);

}  // namespace aihub::policy
