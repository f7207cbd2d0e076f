#include "support/policy_fixture.hpp"

#include <gtest/gtest.h>

#include <span>
#include <vector>

namespace aihub::policy {
namespace {

using aihub::testing::evaluated;

TEST(Context, ShowsTheFactsOfTheCall) {
    const std::vector<TextPair> tags{{"tier", "gold"}};
    const std::vector<CandidateFacts> candidates{{"p", "m", "eu", 2}};
    CallFacts call;
    call.request_id = "r1";
    call.organization = "acme";
    call.stream = true;
    call.input_tokens = 1234;
    call.tags = tags;
    call.candidates = candidates;
    EXPECT_EQ(evaluated("ctx.request_id .. ctx.organization", call), "r1acme");
    EXPECT_EQ(evaluated("ctx.stream", call), "true");
    EXPECT_EQ(evaluated("ctx.input_tokens + 1", call), "1235");
    EXPECT_EQ(evaluated("ctx.tags.tier", call), "gold");
    EXPECT_EQ(evaluated("ctx.tags.none", call), "nil");
    EXPECT_EQ(evaluated("ctx.candidates[1].weight", call), "2");
    EXPECT_EQ(evaluated("ctx.candidates[1].region", call), "eu");
    EXPECT_EQ(evaluated("ctx.attempt", call), "1");
}

TEST(Context, NamesAFieldThatThereIsNot) {
    EXPECT_EQ(evaluated("ctx.modell"), "ctx has no field \"modell\"; docs/policies/README.md lists them");
    EXPECT_EQ(evaluated("ctx[1]"), "ctx has no field \"\"; docs/policies/README.md lists them");
}

TEST(Context, NamesAFieldOfAProviderThatThereIsNot) {
    ProviderFacts provider;
    provider.name = "p";
    provider.latency_ms = 20;
    CallFacts call;
    call.providers = std::span(&provider, 1);
    EXPECT_EQ(evaluated("aihub.provider('p').latency_ms", call), "20");
    EXPECT_EQ(
        evaluated("aihub.provider('p').latency", call),
        "provider has no field \"latency\"; docs/policies/README.md lists them"
    );
}

TEST(Context, CannotBeChanged) {
    EXPECT_EQ(evaluated("1", {}, "ctx.model = 'x'\n"), "ctx cannot be changed; return what you decide");
}

class ContextAssignments : public ::testing::Test {
protected:
    ContextAssignments() {
        call.assignments = assignments;
        call.assignments_read = &read;
    }

    const std::vector<TextPair> assignments{{"checkout", "b"}, {"ranking", "control"}, {"third", "c"}};
    std::uint64_t read = 0;
    CallFacts call;
};

TEST_F(ContextAssignments, are_noted_when_they_are_read) {
    EXPECT_EQ(evaluated("ctx.assignments", call), "table");
    EXPECT_EQ(evaluated("ctx.assignments.none", call), "nil");
    EXPECT_EQ(evaluated("ctx.assignments[1]", call), "nil");
    EXPECT_EQ(read, 0U);
    EXPECT_EQ(evaluated("ctx.assignments.ranking", call), "control");
    EXPECT_EQ(read, 0b010U);
    EXPECT_EQ(evaluated("ctx.assignments.checkout", call), "b");
    EXPECT_EQ(read, 0b011U);
}

TEST_F(ContextAssignments, are_all_noted_by_who_visits_them) {
    const std::string visit =
        "local seen = ''\nfor name, arm in pairs(ctx.assignments) do seen = seen .. name .. '=' .. arm .. ' ' end\n";
    EXPECT_EQ(evaluated("seen", call, visit), "checkout=b ranking=control third=c ");
    EXPECT_EQ(read, 0b111U);
}

TEST_F(ContextAssignments, cannot_be_changed) {
    EXPECT_EQ(
        evaluated("1", call, "ctx.assignments.checkout = 'x'\n"), "ctx cannot be changed; return what you decide"
    );
}

TEST_F(ContextAssignments, need_nobody_who_asks) {
    call.assignments_read = nullptr;
    EXPECT_EQ(evaluated("ctx.assignments.checkout", call), "b");
    EXPECT_EQ(evaluated("ctx.assignments.checkout"), "nil");
}

// A table that a script keeps shows the call that runs, so nothing of another call is noted or seen.
TEST_F(ContextAssignments, that_are_kept_show_the_call_that_runs) {
    auto state = testing::policy_of({{"route.lua", R"(
        local kept
        return function(ctx)
            kept = kept or ctx.assignments
            return { candidates = { { provider = kept.checkout or "none", model = "m" } } }
        end)"}});
    EXPECT_EQ(state->route(call).decision->candidates.front().provider, "b");
    EXPECT_EQ(read, 0b001U);
    read = 0;
    EXPECT_EQ(state->route({}).decision->candidates.front().provider, "none");
    EXPECT_EQ(read, 0U);
}

// What `expression` of `usage` and `quote` is, or what is wrong with it.
std::string priced(const std::string& expression, const PriceFacts& facts) {
    auto state = testing::policy_of(
        {{"price.lua",
          "return function(usage, quote, more)\n"
          "    return { currency = 'USD', lines = { { kind = tostring((" +
              expression + ")), quantity = 0, amount = aihub.money(0) } } }\nend"}}
    );
    const auto answer = state->price(facts);
    return answer.decision ? answer.decision->lines.front().kind : answer.failure->message;
}

TEST(Context, PriceSeesUsageAndQuoteAlone) {
    const std::vector<TextPair> tags{{"tier", "gold"}};
    PriceFacts facts;
    facts.usage.model = "m";
    facts.usage.cache_write_1h_tokens = 7;
    facts.quote.started_at = "2026-11-22T06:04:01Z";
    facts.quote.tags = tags;
    EXPECT_EQ(priced("usage.model .. usage.cache_write_1h_tokens .. usage.requests", facts), "m71");
    EXPECT_EQ(priced("quote.started_at .. quote.tags.tier", facts), "2026-11-22T06:04:01Zgold");
    EXPECT_EQ(priced("usage.tokens", facts), "usage has no field \"tokens\"; docs/policies/README.md lists them");
    EXPECT_EQ(priced("quote.price", facts), "quote has no field \"price\"; docs/policies/README.md lists them");
    EXPECT_EQ(priced("more", facts), "nil");
    EXPECT_EQ(priced("aihub.now", facts), "there is no aihub.now here; docs/policies/README.md lists what there is");
    for (const auto* name : {"rand", "provider", "kv"}) {
        EXPECT_EQ(
            priced("aihub." + std::string(name), facts),
            "there is no aihub." + std::string(name) + " here; docs/policies/README.md lists what there is"
        );
    }
}

}  // namespace
}  // namespace aihub::policy
