#include "support/policy_fixture.hpp"

#include <gtest/gtest.h>

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

TEST(Context, CannotBeChanged) {
    EXPECT_EQ(evaluated("1", {}, "ctx.model = 'x'\n"), "ctx cannot be changed; return what you decide");
}

}  // namespace
}  // namespace aihub::policy
