#include "app/policy_names.hpp"

#include <gtest/gtest.h>

namespace aihub::app {
namespace {

TEST(PolicyNames, AreThoseOfTheConfiguration) {
    config::Snapshot snapshot;
    snapshot.providers["east"].models = {"listed"};
    auto& route = snapshot.models["alias"];
    route.candidates.push_back({"east", "routed"});
    snapshot.experiments.emplace_back().name = "search";
    snapshot.model_table.add({"known", {"known-*"}});
    const auto names = policy_names(snapshot);
    EXPECT_EQ(names.providers, (policy::LintNames::Names{"east"}));
    EXPECT_EQ(names.experiments, (policy::LintNames::Names{"search"}));
    for (const auto* model : {"listed", "alias", "routed", "known-2"}) {
        EXPECT_TRUE(names.has_model(model)) << model;
    }
    EXPECT_FALSE(names.has_model("other"));
    EXPECT_FALSE(names.has_model("east"));
}

}  // namespace
}  // namespace aihub::app
