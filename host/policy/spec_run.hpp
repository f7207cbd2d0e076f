// Runs the specs of a bundle: files "*_spec.lua" that ask its hooks and say what they expect.
#pragma once

#include "base/result.hpp"
#include "policy/bundle.hpp"
#include "policy/hook.hpp"
#include "policy/line_coverage.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace aihub::policy {

struct SpecResult {
    std::string file;
    std::string name;     // "eu tenants, never leave the eu"
    std::string failure;  // empty: it passed
};

struct SpecReport {
    std::vector<SpecResult> results;                        // as they ran; the specs of a bundle by name
    std::vector<FileCoverage> coverage;                     // every file but the specs
    std::array<std::uint64_t, kHooks.size()> steps_most{};  // of one call, by hook

    [[nodiscard]] bool passed() const;
};

// Specs run in the sandbox that policies run in, with a larger budget. Each file has a fresh state of the bundle. What
// holds for every price is tried on the calls that they ask the price of; see price_check.hpp.
// invalid_request: the bundle cannot be loaded, or has no spec.
[[nodiscard]] Result<SpecReport> run_specs(const std::shared_ptr<const Bundle>& bundle);

// For people: failures, the lines that were never run, and one line of sum.
[[nodiscard]] std::string text_report(const SpecReport& report);

}  // namespace aihub::policy
