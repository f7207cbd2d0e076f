#include "policy/spec_facts.hpp"

#include <gtest/gtest.h>
#include <lua.hpp>

#include <chrono>

namespace aihub::policy {
namespace {

// A state with the table that `source` returns at index 1.
class SpecFactsTest : public testing::Test {
protected:
    SpecFactsTest() : L(luaL_newstate()) { luaL_openlibs(L); }
    ~SpecFactsTest() override { lua_close(L); }
    SpecFactsTest(const SpecFactsTest&) = delete;
    SpecFactsTest& operator=(const SpecFactsTest&) = delete;

    void load(const char* source) { ASSERT_EQ(luaL_dostring(L, source), 0); }

    lua_State* L;
};

TEST_F(SpecFactsTest, ReadsACall) {
    load(
        "return { model = 'm', stream = true, input_tokens = 7, now = 60, tags = { tier = 'gold' },\n"
        "candidates = { { provider = 'p', model = 'n', weight = 2 } }, providers = { east = { region = 'eu', in_flight "
        "= 3 } } }"
    );
    SpecFacts facts;
    read_call(L, 1, facts);
    EXPECT_EQ(facts.call.model, "m");
    EXPECT_EQ(facts.call.request_id, "spec");
    EXPECT_TRUE(facts.call.stream);
    EXPECT_EQ(facts.call.input_tokens, 7);
    EXPECT_EQ(facts.call.now, WallTime(std::chrono::seconds(60)));
    ASSERT_EQ(facts.call.tags.size(), 1U);
    EXPECT_EQ(facts.call.tags[0], TextPair("tier", "gold"));
    ASSERT_EQ(facts.call.candidates.size(), 1U);
    EXPECT_EQ(facts.call.candidates[0].weight, 2);
    ASSERT_EQ(facts.call.providers.size(), 1U);
    EXPECT_EQ(facts.call.providers[0].name, "east");
    EXPECT_EQ(facts.call.providers[0].in_flight, 3);
    EXPECT_EQ(lua_gettop(L), 1);
}

TEST_F(SpecFactsTest, ReadsAttemptAndOutcome) {
    load("return { provider = 'p', status = 500 }");
    SpecFacts facts;
    read_attempt(L, 1, facts);
    read_outcome(L, 1, facts);
    EXPECT_EQ(facts.attempt.provider, "p");
    EXPECT_EQ(facts.attempt.status, 500);
    EXPECT_EQ(facts.outcome.provider, "p");
    EXPECT_EQ(facts.outcome.status, 500);
}

TEST_F(SpecFactsTest, WritesWhatDecisionsAreReadFrom) {
    const RouteDecision route{{{"p", "m", 2, std::chrono::milliseconds(5), 1}}, {"t"}};
    push_decision(L, route);
    RouteDecision read;
    DecisionError error;
    EXPECT_TRUE(read_decision(L, read, error)) << error;
    EXPECT_EQ(read, route);
    const ExperimentDecision experiment{{{"a", true, ""}, {"b", true, "arm"}, {"c", false, ""}}};
    push_decision(L, experiment);
    ExperimentDecision read_experiment;
    EXPECT_TRUE(read_decision(L, read_experiment, error)) << error;
    EXPECT_EQ(read_experiment, experiment);
    push_decision(L, FallbackDecision{});
    FallbackDecision read_fallback;
    EXPECT_TRUE(read_decision(L, read_fallback, error)) << error;
    EXPECT_EQ(read_fallback, FallbackDecision{});
}

}  // namespace
}  // namespace aihub::policy
