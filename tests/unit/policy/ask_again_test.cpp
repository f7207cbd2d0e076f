#include "policy/ask_again.hpp"

#include "support/decision_fixture.hpp"

#include <gtest/gtest.h>

namespace aihub::policy {
namespace {

std::shared_ptr<const Bundle> route_bundle() {
    auto made = Bundle::make(
        "eu",
        {{"route.lua",
          "local tiers = aihub.require('tiers')\n"
          "return function(ctx)\n"
          "  if tiers.is_gold(ctx) then\n"
          "    return { candidates = { { provider = 'east', model = 'm' } } }\n"
          "  end\n"
          "  return { candidates = { { provider = 'west', model = 'm' } } }\n"
          "end"},
         {"tiers.lua", "return { is_gold = function(ctx)\n  return ctx.tags.tier == 'gold'\nend }"}}
    );
    return std::make_shared<const Bundle>(*std::move(made));
}

DecisionRecord route_record(const std::string& tier) {
    DecisionRecord record;
    record.hook = Hook::route;
    record.bundle_name = "eu";
    record.bundle_hash = std::string(testing::kSomeHash);
    record.facts.tags = {{"tier", tier}};
    record.facts.call.tags = record.facts.tags;
    return record;
}

TEST(AskAgain, TellsTheLinesThatRan) {
    const std::string gold = "gold";
    const auto record = route_record(gold);
    const auto run = trace_again(route_bundle(), StateOptions(), record);
    ASSERT_TRUE(run) << run.error().message;
    EXPECT_EQ(
        run->lines, (std::vector<RunLine>{{"route.lua", 3}, {"tiers.lua", 2}, {"route.lua", 3}, {"route.lua", 4}})
    );
    EXPECT_FALSE(run->cut);
    const auto said = decode_result(run->result, Hook::route, "b");
    ASSERT_TRUE(said.has_value());
    EXPECT_EQ(std::get<RouteDecision>(std::get<AnyDecision>(*said)).candidates[0].provider, "east");
    const std::string other = "silver";
    EXPECT_EQ(
        trace_again(route_bundle(), StateOptions(), route_record(other))->lines.back(), (RunLine{"route.lua", 6})
    );
}

TEST(AskAgain, ManyLinesAreCut) {
    auto made = Bundle::make(
        "b", {{"label.lua", "return function()\n for i = 1, 3000 do\n  i = i + 1\n end\n return {}\nend"}}
    );
    DecisionRecord record;
    record.hook = Hook::label;
    const auto run = trace_again(std::make_shared<const Bundle>(*std::move(made)), StateOptions(), record);
    ASSERT_TRUE(run);
    EXPECT_TRUE(run->cut);
    EXPECT_EQ(run->lines.size(), kTracedLinesMax);
    EXPECT_EQ(run->lines.back(), (RunLine{"label.lua", 5}));
}

TEST(AskAgain, AHookThatIsNotThereIsSaid) {
    DecisionRecord record;
    record.hook = Hook::admit;
    const auto run = trace_again(route_bundle(), StateOptions(), record);
    ASSERT_FALSE(run);
    EXPECT_NE(run.error().message.find("has no admit.lua"), std::string::npos);
}

TEST(AskAgain, PatienceChangesTimeOnly) {
    StateOptions options;
    options.budgets[0].steps_max = 123;
    const auto changed = patient(options);
    EXPECT_EQ(changed.budgets[0].steps_max, 123U);
    EXPECT_GT(changed.budgets[0].cpu_max, options.budgets[0].cpu_max);
}

}  // namespace
}  // namespace aihub::policy
