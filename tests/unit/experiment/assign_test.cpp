#include "experiment/assign.hpp"

#include "base/random.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace aihub::experiment {
namespace {

using model::Experiment;
using model::ExperimentArm;
using model::kBuckets;
using model::UnitKind;

namespace fs = std::filesystem;

std::vector<std::string> split(const std::string& text, char mark) {
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, mark);) {
        part.erase(0, part.find_first_not_of(" `"));
        part.erase(part.find_last_not_of(" `") + 1);
        parts.push_back(part);
    }
    return parts;
}

std::uint32_t hundredths(const std::string& percent) {
    return static_cast<std::uint32_t>(std::lround(std::stod(percent) * 100));
}

UnitKind kind_of(const std::string& word) {
    return word == "user" ? UnitKind::user : word == "key" ? UnitKind::key : UnitKind::session;
}

Experiment experiment_of(const std::string& name, const std::string& arms, const std::string& units) {
    Experiment made;
    made.name = made.salt = name;
    for (const auto& arm : split(arms, ' ')) {
        if (!arm.empty()) {
            made.arms.push_back({arm.substr(0, arm.find(':')), hundredths(arm.substr(arm.find(':') + 1)), {}});
        }
    }
    for (const auto& unit : split(units, ',')) {
        made.unit.push_back(kind_of(unit));
    }
    return made;
}

Experiment halves(const std::string& name) {
    return experiment_of(name, "control:50 b:50", "user,key");
}

std::string told(const std::optional<Assignment>& assignment) {
    return assignment ? assignment->chosen().name + " " + std::string(unit_kind_name(assignment->unit_kind)) + " " +
                            std::to_string(assignment->tag % kBuckets)
                      : "none";
}

std::string told(const std::vector<Assignment>& assignments) {
    constexpr std::string_view kOrigins[] = {"drawn", "chosen", "error"};
    std::string text;
    for (const auto& each : assignments) {
        text += each.experiment->name + "=" + each.chosen().name + " " +
                std::string(kOrigins[static_cast<std::size_t>(each.origin)]) + ";";
    }
    return text;
}

TEST(Assign, AgreesWithThePublishedVectors) {
    std::ifstream page(fs::path(AIHUB_SOURCE_DIR) / "docs/policies/experiments.md");
    std::size_t vectors = 0;
    for (std::string line; std::getline(page, line);) {
        const auto cells = split(line, '|');
        if (cells.size() != 6 || cells[4].find_first_not_of("0123456789") != std::string::npos) {
            continue;
        }
        ++vectors;
        const auto tag = unit_tag(cells[1], cells[2], cells[3]);
        EXPECT_EQ(std::to_string(tag), cells[4]) << line;
        EXPECT_EQ(std::to_string(tag % kBuckets), cells[5]) << line;
    }
    EXPECT_EQ(vectors, 9U);
}

TEST(Assign, GivesWhatTheCasesExpect) {
    std::ifstream file(fs::path(AIHUB_TESTS_DIR) / "golden/experiments/assignments.txt");
    std::size_t cases = 0;
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line.starts_with('#')) {
            continue;
        }
        const auto cells = split(line, '|');
        ASSERT_EQ(cells.size(), 6U) << line;
        auto experiment = experiment_of(cells[0], cells[1], cells[2]);
        experiment.ramp = hundredths(cells[3].substr(5));
        std::map<std::string, std::string> named;
        for (const auto& unit : split(cells[4], ' ')) {
            named[unit.substr(0, unit.find('='))] = unit.substr(unit.find('=') + 1);
        }
        EXPECT_EQ(told(assign(experiment, {named["user"], named["key"], named["session"]})), cells[5]) << line;
        ++cases;
    }
    EXPECT_GE(cases, 18U);
}

// Shares that make the whole, at random.
std::vector<ExperimentArm> random_arms(Random& random) {
    std::vector<ExperimentArm> arms;
    std::uint32_t left = kBuckets;
    for (std::size_t count = 2 + random.below(7); count > 1; --count) {
        const auto share = static_cast<std::uint32_t>(1 + random.below(left - count));
        arms.push_back({"arm" + std::to_string(count), share, {}});
        left -= share;
    }
    arms.push_back({"last", left, {}});
    return arms;
}

TEST(Assign, AHigherRampMovesNobody) {
    Random random(20261122);
    for (int round = 0; round < 200; ++round) {
        Experiment experiment;
        experiment.arms = random_arms(random);
        std::vector<std::optional<std::size_t>> before(kBuckets);
        std::uint32_t ramp = 0;
        while (ramp < kBuckets) {
            ramp = std::min<std::uint32_t>(kBuckets, ramp + 1 + static_cast<std::uint32_t>(random.below(4000)));
            experiment.ramp = ramp;
            for (std::uint32_t bucket = 0; bucket < kBuckets; ++bucket) {
                const auto now = arm_of(experiment, bucket);
                ASSERT_TRUE(!before[bucket] || before[bucket] == now)
                    << "round " << round << ", bucket " << bucket << ", ramp " << ramp;
                before[bucket] = now;
            }
        }
        // The full ramp gives each arm its share, and nobody is left out.
        std::vector<std::uint32_t> widths(experiment.arms.size());
        for (const auto& arm : before) {
            ASSERT_TRUE(arm);
            ++widths[*arm];
        }
        for (std::size_t arm = 0; arm < widths.size(); ++arm) {
            EXPECT_EQ(widths[arm], experiment.arms[arm].share);
        }
    }
}

TEST(Assign, UnitsFallIntoTheArmsByTheirShares) {
    const auto experiment = experiment_of("three", "control:50 b:30 c:20", "user");
    constexpr int kUnits = 20000;
    std::vector<int> counts(3);
    for (int unit = 0; unit < kUnits; ++unit) {
        ++counts[assign(experiment, {"user-" + std::to_string(unit), {}, {}})->arm];
    }
    // Five standard deviations of a binomial count, which is what a good hash gives.
    for (std::size_t arm = 0; arm < counts.size(); ++arm) {
        const double share = experiment.arms[arm].share / double{kBuckets};
        EXPECT_NEAR(counts[arm], kUnits * share, 5 * std::sqrt(kUnits * share * (1 - share)));
    }
}

TEST(Assign, ExperimentsOfOneLayerExcludeEachOther) {
    auto left = halves("left");
    auto right = halves("right");
    left.layer = right.layer = "models";
    left.layer_to = right.layer_from = 4000;
    const std::vector experiments{left, right};
    std::size_t counts[2] = {0, 0};
    constexpr std::size_t kUnits = 10000;
    for (std::size_t unit = 0; unit < kUnits; ++unit) {
        const auto name = "user-" + std::to_string(unit);
        const auto assignments = assign_all(experiments, {name, {}, {}}, "m");
        ASSERT_EQ(assignments.size(), 1U) << name;
        ++counts[assignments.front().experiment - experiments.data()];
    }
    EXPECT_NEAR(static_cast<double>(counts[0]), 4000, 5 * std::sqrt(2400));
    // user-1 and user-2 of the published vectors: 5867 and 7362.
    EXPECT_EQ(told(assign(left, {"user-1", {}, {}})), "none");
    EXPECT_NE(told(assign(right, {"user-1", {}, {}})), "none");
}

TEST(Assign, OtherExperimentsAreIndependent) {
    const std::vector experiments{halves("one"), halves("two")};
    int both = 0;
    for (int unit = 0; unit < 10000; ++unit) {
        const auto name = "user-" + std::to_string(unit);
        const auto assignments = assign_all(experiments, {name, {}, {}}, "m");
        both += assignments[0].arm == 1 && assignments[1].arm == 1 ? 1 : 0;
    }
    EXPECT_NEAR(both, 2500, 5 * std::sqrt(10000 * 0.25 * 0.75));
}

TEST(Assign, OnlyCallsForItsModelsTakePart) {
    auto experiment = halves("e");
    experiment.models = {"chat", "other"};
    const std::vector experiments{experiment};
    EXPECT_EQ(assign_all(experiments, {"u", {}, {}}, "other").size(), 1U);
    EXPECT_TRUE(assign_all(experiments, {"u", {}, {}}, "chat-2").empty());
}

TEST(Assign, AStoppedExperimentHasNobody) {
    auto experiment = halves("e");
    experiment.stopped = true;
    EXPECT_EQ(told(assign(experiment, {"u", {}, {}})), "none");
    EXPECT_TRUE(assign_all(std::vector{experiment}, {"u", {}, {}}, "m").empty());
}

class AssignByPolicy : public ::testing::Test {
protected:
    void SetUp() override {
        experiments[1].ramp = 0;
        experiments[2].stopped = true;
        experiments[3].models = {"another"};
        assignments = assign_all(experiments, call.units, call.model);
    }
    // Gives what is wrong with the choices; empty: they were applied.
    std::string apply(const std::vector<policy::ExperimentChoice>& choices) {
        auto trouble = trouble_with({choices}, experiments);
        if (trouble.empty()) {
            apply_choices({choices}, call, assignments);
        }
        return trouble;
    }

    std::vector<Experiment> experiments{halves("checkout"), halves("later"), halves("over"), halves("elsewhere")};
    AskedCall call{experiments, {"user-1", "k", {}}, "m"};
    std::vector<Assignment> assignments;
};

TEST_F(AssignByPolicy, what_is_not_named_goes_by_the_hash) {
    EXPECT_EQ(told(assignments), "checkout=b drawn;");
    EXPECT_EQ(apply({}), "");
    EXPECT_EQ(told(assignments), "checkout=b drawn;");
}

TEST_F(AssignByPolicy, who_is_eligible_goes_by_the_hash_and_who_is_not_is_out) {
    EXPECT_EQ(apply({{"checkout", true, {}}, {"later", true, {}}}), "");
    EXPECT_EQ(told(assignments), "checkout=b drawn;");
    EXPECT_EQ(apply({{"checkout", false, {}}}), "");
    EXPECT_EQ(told(assignments), "");
}

TEST_F(AssignByPolicy, an_arm_that_is_chosen_counts_whatever_the_ramp_says) {
    EXPECT_EQ(apply({{"checkout", true, "control"}, {"later", true, "b"}}), "");
    EXPECT_EQ(told(assignments), "checkout=control chosen;later=b chosen;");
}

TEST_F(AssignByPolicy, nothing_is_chosen_in_an_experiment_that_is_stopped_or_not_about_the_call) {
    EXPECT_EQ(apply({{"elsewhere", true, "b"}, {"over", true, "b"}}), "");
    EXPECT_EQ(told(assignments), "checkout=b drawn;");
}

TEST_F(AssignByPolicy, an_arm_that_there_is_not_is_trouble) {
    EXPECT_EQ(apply({{"later", true, "b"}, {"checkout", true, "c"}}), "experiment checkout has no arm \"c\"");
    EXPECT_EQ(told(assignments), "checkout=b drawn;");
    EXPECT_EQ(apply({{"checkout", false, "c"}}), "");
}

// A policy may outlive an experiment that it names.
TEST_F(AssignByPolicy, an_experiment_that_there_is_not_is_no_trouble) {
    EXPECT_EQ(apply({{"gone", true, "b"}, {"gone too", false, {}}}), "");
    EXPECT_EQ(told(assignments), "checkout=b drawn;");
}

TEST_F(AssignByPolicy, a_failure_is_the_control_for_all) {
    ASSERT_EQ(apply({{"later", true, "b"}}), "");
    fall_back_to_control(assignments);
    EXPECT_EQ(told(assignments), "checkout=control error;later=control error;");
}

}  // namespace
}  // namespace aihub::experiment
