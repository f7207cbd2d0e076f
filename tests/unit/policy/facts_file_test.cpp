#include "policy/facts_file.hpp"

#include <gtest/gtest.h>

namespace aihub::policy {
namespace {

TEST(FactsFile, ReadsWhatSpecsWrite) {
    const auto file = parse_facts(R"({"request_id":"r1","model":"fast","stream":true,"input_tokens":9000,"now":1.5,
        "tags":{"tier":"gold"},"headers":{"x-a":"b"},"assignments":{"e":"arm"},
        "candidates":[{"provider":"east","model":"m","region":"eu","weight":2}],
        "providers":{"east":{"region":"eu","healthy":false,"error_rate":0.5}},
        "failed":{"kind":"timeout","status":504}})");
    ASSERT_TRUE(file) << file.error().message;
    const auto& call = file->facts.call;
    EXPECT_EQ(call.request_id, "r1");
    EXPECT_TRUE(call.stream);
    EXPECT_EQ(call.input_tokens, 9000);
    EXPECT_EQ(call.now, WallTime(std::chrono::milliseconds(1500)));
    ASSERT_EQ(call.tags.size(), 1U);
    EXPECT_EQ(call.tags[0].second, "gold");
    EXPECT_EQ(call.headers[0].first, "x-a");
    EXPECT_EQ(call.assignments[0].second, "arm");
    EXPECT_EQ(call.candidates[0].weight, 2);
    EXPECT_EQ(call.providers[0].name, "east");
    EXPECT_FALSE(call.providers[0].healthy);
    EXPECT_EQ(file->facts.attempt.status, 504);
    EXPECT_EQ(file->hooks, (std::vector<Hook>{Hook::admit, Hook::experiment, Hook::route, Hook::fallback}));
}

TEST(FactsFile, UsageAndOutcomeAskTheirHooks) {
    const auto file = parse_facts(
        R"({"outcome":{"status":200,"duration_ms":1},"usage":{"output_tokens":7},"quote":{"currency":"EUR"}})"
    );
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(file->facts.outcome.duration_ms, 1);
    EXPECT_EQ(file->facts.price.usage.output_tokens, 7);
    EXPECT_EQ(file->facts.price.quote.currency, "EUR");
    EXPECT_EQ(file->hooks.back(), Hook::price);
    EXPECT_EQ(parse_facts("{}")->hooks.size(), 3U);
}

TEST(FactsFile, MistakesAreNamed) {
    const auto why = [](const char* text) {
        const auto file = parse_facts(text);
        return file ? std::string() : file.error().message;
    };
    EXPECT_EQ(why("{"), "not JSON: incomplete JSON");
    EXPECT_EQ(why("[]"), "the facts of a call have to be an object");
    EXPECT_EQ(why(R"({"modell":"x"})"), "modell is not known; docs/policies/README.md lists what is");
    EXPECT_EQ(why(R"({"input_tokens":"9"})"), "input_tokens has to be a whole number");
    EXPECT_EQ(why(R"({"tags":{"a":1}})"), "tags.a has to be a string");
    EXPECT_EQ(why(R"({"candidates":[1]})"), "candidates has to be a list of objects");
    EXPECT_EQ(
        why(R"({"providers":{"e":{"up":true}}})"), "providers.e: up is not known; docs/policies/README.md lists what is"
    );
    EXPECT_EQ(why(R"({"now":-1})"), "now has to be seconds since 1970");
}

}  // namespace
}  // namespace aihub::policy
