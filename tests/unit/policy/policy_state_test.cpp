#include "policy/policy_state.hpp"

#include "support/policy_fixture.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace aihub::policy {
namespace {

using aihub::testing::policy_of;

std::string load_error(std::vector<SourceFile> files) {
    const auto made = PolicyState::open(std::make_shared<const Bundle>(*Bundle::make("b", std::move(files))), {});
    return made ? "loaded" : made.error().message.substr(made.error().message.find(',') + 2);
}

TEST(PolicyState, EachHookGivesItsDecision) {
    auto state = policy_of({
        {"admit.lua", "return function(ctx) return { allow = false, code = 'c', message = ctx.model } end"},
        {"experiment.lua", "return function(ctx) return { x = true, a = 'arm', n = false } end"},
        {"route.lua",
         "return function(ctx) return { candidates = {\n"
         "  { provider = 'p', model = 'm', weight = 2, timeout_ms = 1500, retries = 1 }, { provider = 'q', model = 'n' "
         "} },\n"
         "  transforms = { 't' } } end"},
        {"fallback.lua",
         "return function(ctx, failed)\n"
         "  if failed.status == 400 then return { stop = true } end\n"
         "  return { provider = failed.provider .. '2', model = ctx.model } end"},
        {"label.lua", "return function(ctx, outcome) return { kind = outcome.error_kind, by = outcome.provider } end"},
    });
    CallFacts call;
    call.model = "fast";
    EXPECT_EQ(state->admit(call).decision, (AdmitDecision{false, "c", "fast", ""}));
    EXPECT_EQ(
        state->experiment(call).decision->choices,
        (std::vector<ExperimentChoice>{{"a", true, "arm"}, {"n", false, ""}, {"x", true, ""}})
    );
    const RouteDecision route{
        {{"p", "m", 2, std::chrono::milliseconds(1500), 1}, {"q", "n", 1, std::nullopt, std::nullopt}}, {"t"}};
    EXPECT_EQ(state->route(call).decision, route);
    AttemptFacts failed;
    failed.provider = "p";
    EXPECT_EQ(state->fallback(call, failed).decision->next, (Candidate{"p2", "fast", 1, {}, {}}));
    failed.status = 400;
    EXPECT_EQ(state->fallback(call, failed).decision, FallbackDecision{});
    OutcomeFacts outcome;
    outcome.provider = "p";
    outcome.error_kind = "timeout";
    EXPECT_EQ(
        state->label(call, outcome).decision->labels,
        (std::vector<std::pair<std::string, std::string>>{{"by", "p"}, {"kind", "timeout"}})
    );
    EXPECT_EQ(state->rebuilds(), 0U);
}

TEST(PolicyState, SaysWhenAHookIsNotThere) {
    auto state = policy_of({{"route.lua", "return function() end"}});
    EXPECT_TRUE(state->has(Hook::route));
    EXPECT_FALSE(state->has(Hook::admit));
    const auto answer = state->admit({});
    EXPECT_EQ(answer.failure->message, "the bundle has no admit.lua");
}

TEST(PolicyState, OrdinaryErrorsKeepTheState) {
    auto state = policy_of({{"route.lua", "local n = 0\nreturn function()\n  n = n + 1\n  error('call ' .. n)\nend"}});
    EXPECT_EQ(state->route({}).failure->message, "call 1");
    const auto answer = state->route({});
    EXPECT_EQ(answer.failure->fault, Fault::error);
    EXPECT_EQ(answer.failure->text(), "bundle " + state->bundle().label() + ", hook route, route.lua:4: call 2");
    EXPECT_EQ(state->rebuilds(), 0U);
}

TEST(PolicyState, AStateThatWasStoppedIsDoneWhereItMayNotBeMadeAnew) {
    StateOptions options;
    options.rebuild = false;
    auto state = policy_of(
        {{"route.lua", "return function(ctx)\n if ctx.stream then error('no') end\n while true do end\nend"}}, options
    );
    CallFacts streamed;
    streamed.stream = true;
    EXPECT_EQ(state->route(streamed).failure->fault, Fault::error);
    EXPECT_FALSE(state->done());
    EXPECT_EQ(state->route({}).failure->fault, Fault::steps);
    EXPECT_TRUE(state->done());
    const auto answer = state->route(streamed);
    EXPECT_EQ(answer.failure->fault, Fault::load);
    EXPECT_FALSE(answer.decision);
    EXPECT_EQ(state->rebuilds(), 0U);
}

TEST(PolicyState, AStateThatWasStoppedIsMadeAnew) {
    StateOptions options;
    options.budgets[2].cpu_max = std::chrono::seconds(10);
    auto state = policy_of(
        {{"route.lua",
          "local n = 0\nreturn function(ctx)\n  n = n + 1\n  while ctx.stream do end\n"
          "  return { candidates = { { provider = tostring(n), model = 'm' } } }\nend"}},
        options
    );
    CallFacts call;
    EXPECT_EQ(state->route(call).decision->candidates.front().provider, "1");
    call.stream = true;
    const auto stopped = state->route(call);
    EXPECT_EQ(stopped.failure->fault, Fault::steps);
    EXPECT_EQ(stopped.failure->line, 4);
    EXPECT_GE(stopped.steps, StateOptions().budgets[2].steps_max);
    EXPECT_EQ(state->rebuilds(), 1U);
    call.stream = false;
    EXPECT_EQ(state->route(call).decision->candidates.front().provider, "1");
}

TEST(PolicyState, ProcessorTimeIsALimitOfItsOwn) {
    StateOptions options;
    for (auto& budget : options.budgets) {
        budget = {1'000'000'000'000, std::chrono::milliseconds(5)};
    }
    auto state = policy_of({{"route.lua", "return function()\n  while true do end\nend"}}, options);
    const auto answer = state->route({});
    EXPECT_EQ(answer.failure->fault, Fault::time);
    EXPECT_EQ(answer.failure->line, 2);
}

TEST(PolicyState, GarbageDoesNotCountAsMemory) {
    StateOptions options;
    options.limits.memory_soft_bytes = 512 << 10;
    for (auto& budget : options.budgets) {
        budget = {1'000'000'000, std::chrono::seconds(10)};
    }
    auto state = policy_of(
        {{"route.lua",
          "return function()\n  for i = 1, 1000 do local t = ('x'):rep(10000 + i) end\n"
          "  return { candidates = { { provider = 'p', model = 'm' } } }\nend"}},
        options
    );
    const auto answer = state->route({});
    EXPECT_TRUE(answer.decision) << answer.failure->text();
}

TEST(PolicyState, TheSameCallCostsTheSame) {
    const std::vector<SourceFile> files{
        {"route.lua",
         "return function()\n  local n = 0\n  for i = 1, 5000 do n = n + i end\n"
         "  return { candidates = { { provider = 'p', model = 'm' } } }\nend"}};
    auto one = policy_of(files);
    auto other = policy_of(files);
    const auto steps = one->route({}).steps;
    EXPECT_GT(steps, 5000U);
    EXPECT_EQ(other->route({}).steps, steps);
    // The second time some strings are there already.
    EXPECT_NEAR(static_cast<double>(one->route({}).steps), static_cast<double>(steps), 200);
}

TEST(PolicyState, ErrorsOfLoadingNameFileLineAndRemedy) {
    EXPECT_EQ(load_error({{"route.lua", "local x =\n"}}), "hook load, route.lua:2: unexpected symbol near '<eof>'");
    EXPECT_EQ(
        load_error({{"route.lua", "\nfunction route() end\n"}}),
        "hook load, route.lua:2: global \"route\" was assigned; write `local route`"
    );
    EXPECT_EQ(
        load_error({{"route.lua", "return { }\n"}}),
        "hook load, route.lua:1: the file returns no function; end it with `return route`"
    );
    EXPECT_EQ(
        load_error({{"route.lua", "local t = aihub.require('tiers')\nreturn function() end"}}),
        "hook load, route.lua:1: the bundle has no tiers.lua"
    );
    EXPECT_EQ(
        load_error({{"route.lua", "local t = aihub.require('t')\nreturn function() end"}, {"t.lua", "local x = y\n"}}),
        "hook load, t.lua:1: there is no y here; docs/policies/README.md lists what there is"
    );
}

TEST(PolicyState, ModulesAreShared) {
    auto state =
        PolicyState::open(std::make_shared<const Bundle>(*Bundle::load(AIHUB_TESTS_DIR "/policy/bundles/small")), {});
    ASSERT_TRUE(state) << state.error().message;
    const std::vector<TextPair> tags{{"tier", "gold"}};
    CallFacts call;
    call.model = "m";
    EXPECT_EQ((*state)->route(call).decision->candidates.front().provider, "shared");
    call.tags = tags;
    EXPECT_EQ((*state)->route(call).decision->candidates.front().provider, "dedicated");
}

TEST(PolicyState, WatchesLines) {
    class Lines final : public LineWatch {
    public:
        void line(std::string_view file, int line) override {
            seen += std::string(file) + ":" + std::to_string(line) + " ";
        }
        std::string seen;
    } lines;
    StateOptions options;
    options.watch = &lines;
    auto state =
        policy_of({{"route.lua", "return function(ctx)\n  if ctx.stream then\n    error('x')\n  end\nend"}}, options);
    lines.seen.clear();
    (void)state->route({});
    EXPECT_EQ(lines.seen, "route.lua:2 route.lua:5 ");
}

}  // namespace
}  // namespace aihub::policy
