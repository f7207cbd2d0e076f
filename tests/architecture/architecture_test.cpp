// The rules, held against this tree; and against a small planted tree, in which they must find every fault that stands
// in its expected.txt and nothing else.
#include "rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace aihub::architecture {
namespace {

using ::testing::Contains;
using ::testing::UnorderedElementsAreArray;

constexpr const char* kPlanted = "tests/architecture/planted";

const std::filesystem::path& source_dir() {
    static const std::filesystem::path kRoot = AIHUB_SOURCE_DIR;
    return kRoot;
}

const Findings& findings_here() {
    static const Findings kFound = [] {
        const auto tree = Tree::read(source_dir(), {kPlanted});
        return without_allowed(tree, check(tree));
    }();
    return kFound;
}

class Rule : public ::testing::TestWithParam<std::string> {};

TEST_P(Rule, IsKept) {
    std::string breaches;
    for (const auto& finding : findings_here()) {
        if (finding.rule == GetParam()) {
            breaches += text(finding) + "\n";
        }
    }
    EXPECT_TRUE(breaches.empty()) << breaches;
}

INSTANTIATE_TEST_SUITE_P(House, Rule, ::testing::ValuesIn(rule_names()), [](const auto& rule) { return rule.param; });

class Planted : public ::testing::Test {
protected:
    void SetUp() override {
        auto tree = Tree::read(source_dir() / kPlanted, {"expected.txt"});
        // Large files are planted here, not on disk.
        const std::vector<std::string> once = {"#pragma once"};
        tree.files.push_back({"sdk/include/long.hpp", 0, std::vector<std::string>(301), once, {}});
        tree.files.push_back({"sdk/long.cpp", 0, std::vector<std::string>(601), {}, {}});
        tree.files.push_back({"tests/golden/big", 262145, {}, {}, {}});
        std::ranges::sort(tree.files, {}, &File::path);
        for (const auto& finding : without_allowed(tree, check(tree))) {
            found.push_back(finding.rule + " " + finding.path + ":" + std::to_string(finding.line));
            rules.push_back(finding.rule);
        }
        std::ifstream stream(source_dir() / kPlanted / "expected.txt");
        for (std::string line; std::getline(stream, line);) {
            if (!line.empty() && !line.starts_with('#')) {
                expected.push_back(line);
            }
        }
    }

    std::vector<std::string> found;
    std::vector<std::string> rules;
    std::vector<std::string> expected;
};

TEST_F(Planted, FaultsAreFoundAndNothingElse) {
    EXPECT_THAT(found, UnorderedElementsAreArray(expected));
}

TEST_F(Planted, EveryRuleHasAFault) {
    for (const auto& rule : rule_names()) {
        EXPECT_THAT(rules, Contains(rule)) << "plant a fault for it";
    }
}

TEST(Tree, IsTheWholeRepository) {
    const auto tree = Tree::read(source_dir(), {kPlanted});
    EXPECT_NE(tree.find("CMakeLists.txt"), nullptr);
    EXPECT_NE(tree.find("host/layers.txt"), nullptr);
    EXPECT_EQ(tree.find("tests/architecture/planted/expected.txt"), nullptr);
}

}  // namespace
}  // namespace aihub::architecture
