#include "experiment/definition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace aihub::experiment {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

model::Experiment begun() {
    model::Experiment made;
    made.name = made.salt = "cheaper";
    made.arms = {{"control", 5000, {}}, {"small", 5000, "small"}};
    made.unit = {model::UnitKind::user, model::UnitKind::key};
    made.models = {"chat", "draft"};
    made.ramp = 1250;
    return made;
}

TEST(Definition, RampAndStoppedMayChange) {
    auto wanted = begun();
    EXPECT_EQ(why_not(begun(), wanted), "");
    wanted.ramp = 1251;
    wanted.stopped = true;
    wanted.source = "elsewhere.yaml:7";
    EXPECT_EQ(why_not(begun(), wanted), "");
    auto known = begun();
    known.stopped = true;
    EXPECT_EQ(why_not(known, begun()), "");
}

TEST(Definition, TheOrderOfItsModelsDoesNotCount) {
    auto wanted = begun();
    wanted.models = {"draft", "chat"};
    EXPECT_EQ(why_not(begun(), wanted), "");
}

TEST(Definition, NothingElseMayChange) {
    const std::vector<std::pair<std::string, std::function<void(model::Experiment&)>>> changes{
        {"arms", [](auto& e) { e.arms[1].share = 4999; }},
        {"arms", [](auto& e) { e.arms[1].name = "smaller"; }},
        {"arms", [](auto& e) { e.arms[1].model = "tiny"; }},
        {"arms", [](auto& e) { std::swap(e.arms[0], e.arms[1]); }},
        {"salt", [](auto& e) { e.salt = "2"; }},
        {"unit", [](auto& e) { e.unit = {model::UnitKind::user}; }},
        {"models", [](auto& e) { e.models.pop_back(); }},
        {"layer, layer_from or layer_to", [](auto& e) { e.layer = "l"; }},
        {"layer, layer_from or layer_to", [](auto& e) { e.layer_from = 1; }},
        {"layer, layer_from or layer_to", [](auto& e) { e.layer_to = 1; }}};
    for (const auto& [part, change] : changes) {
        auto wanted = begun();
        change(wanted);
        EXPECT_THAT(why_not(begun(), wanted), StartsWith(part + " may not change after it has begun"));
        EXPECT_THAT(why_not(begun(), wanted), HasSubstr("choose another name"));
    }
}

TEST(Definition, TheRampDoesNotFall) {
    auto wanted = begun();
    wanted.ramp = 1249;
    EXPECT_EQ(
        why_not(begun(), wanted),
        "ramp may only grow, because callers would leave their arms; write 12.50 or more, or stopped: true"
    );
}

}  // namespace
}  // namespace aihub::experiment
