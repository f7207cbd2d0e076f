#include "experiment/exposure.hpp"

#include <gtest/gtest.h>

namespace aihub::experiment {
namespace {

model::Experiment experiment_named(const std::string& name) {
    model::Experiment made;
    made.name = name;
    made.arms = {{"control", 5000, {}}, {"b", 5000, {}}};
    return made;
}

TEST(Exposure, WhatIsWrittenIsReadBack) {
    const auto first = experiment_named("checkout");
    const auto second = experiment_named("check");
    const auto third = experiment_named("rank.2");
    std::string text;
    EXPECT_TRUE(append_exposure(text, {&first, 1, model::UnitKind::key, 12344711, Origin::drawn}));
    EXPECT_TRUE(append_exposure(text, {&second, 0, model::UnitKind::user, 0, Origin::error}));
    EXPECT_TRUE(append_exposure(text, {&third, 1, model::UnitKind::session, kTags - 1, Origin::chosen}));
    EXPECT_EQ(text, "checkout=b/key:12344711,check=control/user:0!error,rank.2=b/session:99999999!chosen");
    EXPECT_EQ(find_exposure(text, "checkout"), (Exposure{"b", model::UnitKind::key, 12344711, Origin::drawn}));
    EXPECT_EQ(find_exposure(text, "check"), (Exposure{"control", model::UnitKind::user, 0, Origin::error}));
    EXPECT_EQ(find_exposure(text, "rank.2"), (Exposure{"b", model::UnitKind::session, kTags - 1, Origin::chosen}));
    EXPECT_EQ(find_exposure(text, "rank"), std::nullopt);
    EXPECT_EQ(find_exposure(text, "b/key:12344711"), std::nullopt);
}

TEST(Exposure, OneThatHasNoRoomIsLeftOutWhole) {
    std::string text;
    std::string before;
    int taken = 0;
    while (true) {
        const auto experiment = experiment_named("an_experiment_number_" + std::to_string(taken));
        before = text;
        if (!append_exposure(text, {&experiment, 1, model::UnitKind::session, 12344711, Origin::chosen})) {
            break;
        }
        ++taken;
    }
    EXPECT_EQ(taken, 5);
    EXPECT_EQ(text, before);
    EXPECT_LE(text.size(), kExposuresMax);
}

TEST(Exposure, WhatHasAnotherFormSaysNothing) {
    for (const char* text :
         {"",
          ",",
          "e",
          "e=",
          "e=b",
          "e=b/key",
          "e=b/key:",
          "e=b/key:x",
          "e=b/key:1x",
          "e=b/keys:1",
          "e=/key:1",
          "e=b/key:-1",
          "e=b/key:100000000",
          "e=b/key:99999999999",
          "e=b/key:1!other",
          "e=b:1/key"}) {
        EXPECT_EQ(find_exposure(text, "e"), std::nullopt) << text;
    }
    EXPECT_TRUE(find_exposure("a=b/key:x,e=b/key:1", "e"));
}

}  // namespace
}  // namespace aihub::experiment
