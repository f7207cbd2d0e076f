// The policies that operators begin from: each folder of scripts/ is clean, tested to the last line and described.
#include "policy/lint.hpp"
#include "policy/spec_run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace aihub::policy {
namespace {

namespace fs = std::filesystem;

constexpr const char* kScripts = AIHUB_SOURCE_DIR "/scripts";
constexpr const char* kPages = AIHUB_SOURCE_DIR "/docs/policies";

std::string text_of(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> names() {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(kScripts)) {
        found.push_back(entry.path().filename());
    }
    std::ranges::sort(found);
    return found;
}

class ShippedPolicies : public testing::TestWithParam<std::string> {
protected:
    void SetUp() override {
        auto loaded = Bundle::load(std::string(kScripts) + "/" + GetParam());
        ASSERT_TRUE(loaded) << loaded.error().message;
        bundle = std::make_shared<const Bundle>(*std::move(loaded));
    }
    std::shared_ptr<const Bundle> bundle;
};

TEST_P(ShippedPolicies, LintFindsNothing) {
    for (const auto& finding : lint(bundle)) {
        ADD_FAILURE() << finding.text();
    }
}

TEST_P(ShippedPolicies, PassTheirSpecsWithEveryLineRun) {
    const auto report = run_specs(bundle);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_TRUE(report->passed()) << text_report(*report);
    for (const auto& covered : report->coverage) {
        EXPECT_EQ(covered.never_run, std::vector<int>{}) << covered.file;
    }
}

TEST_P(ShippedPolicies, HaveASpecBesideEachHook) {
    for (const auto hook : kHooks) {
        const std::string name(hook_name(hook));
        if (bundle->find(name + ".lua") != nullptr) {
            EXPECT_NE(bundle->find(name + "_spec.lua"), nullptr) << "write " << name << "_spec.lua";
        }
    }
}

TEST_P(ShippedPolicies, HaveAPageThatTheOverviewLinksTo) {
    const auto page = text_of(std::string(kPages) + "/" + GetParam() + ".md");
    for (const auto* heading : {"When to use it", "Configure", "Try it", "Limits"}) {
        const auto line = "\n## " + std::string(heading) + "\n";
        EXPECT_TRUE(page.find(line) != std::string::npos) << "write \"" << heading << "\" on the page";
    }
    const auto overview = text_of(std::string(kPages) + "/README.md");
    EXPECT_TRUE(overview.find("](" + GetParam() + ".md)") != std::string::npos) << "link to the page";
}

INSTANTIATE_TEST_SUITE_P(Scripts, ShippedPolicies, testing::ValuesIn(names()), [](const auto& policy) {
    return policy.param;
});

// A module that several bundles have is one text: a bundle stands for itself, so each has its copy.
TEST(ShippedPoliciesTogether, HaveTheSameModulesByTheSameName) {
    for (const auto* module : {"price_tiers.lua", "shape.lua", "tokens.lua"}) {
        std::set<std::string> texts;
        for (const auto& name : names()) {
            const auto path = fs::path(kScripts) / name / module;
            if (fs::exists(path)) {
                texts.insert(text_of(path));
            }
        }
        EXPECT_EQ(texts.size(), 1U) << module << " is not the same everywhere";
    }
}

}  // namespace
}  // namespace aihub::policy
