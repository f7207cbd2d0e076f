#include "policy/bundle_check.hpp"

#include "policy/lint.hpp"
#include "policy/spec_run.hpp"

#include <algorithm>

namespace aihub::policy {

namespace {

constexpr std::string_view kPriceFile = "price.lua";

void run_specs_of(const std::shared_ptr<const Bundle>& bundle, BundleCheck& check) {
    const auto report = run_specs(bundle);
    if (!report) {
        check.findings.push_back(report.error().message);
        return;
    }
    check.specs = report->results.size();
    for (const auto& result : report->results) {
        if (!result.failure.empty()) {
            check.findings.push_back(result.file + ": spec \"" + result.name + "\" failed: " + result.failure);
        }
    }
}

}  // namespace

std::string BundleCheck::text() const {
    std::string all;
    for (const auto& finding : findings) {
        all += (all.empty() ? "" : "; ") + finding;
    }
    return all;
}

BundleCheck check_bundle(const std::shared_ptr<const Bundle>& bundle) {
    BundleCheck check;
    for (const auto& finding : lint(bundle)) {
        check.findings.push_back(finding.text());
    }
    if (!check.good()) {
        return check;
    }
    if (std::ranges::any_of(bundle->files(), &SourceFile::is_spec)) {
        run_specs_of(bundle, check);
    } else if (bundle->find(kPriceFile) != nullptr) {
        check.findings.emplace_back("price.lua: a bundle that makes prices needs specs; write price_spec.lua beside it"
        );
    }
    return check;
}

}  // namespace aihub::policy
