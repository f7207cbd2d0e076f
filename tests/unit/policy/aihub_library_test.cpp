#include "base/ip_network.hpp"
#include "support/policy_fixture.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace aihub::policy {
namespace {

using aihub::testing::evaluated;
using aihub::testing::policy_of;

TEST(AihubLibrary, BucketsAndHashesAreWhatThePageSays) {
    EXPECT_EQ(
        evaluated("aihub.bucket('checkout', 'user-1')"), std::to_string(sha256_number(":checkout:user-1") % 10000)
    );
    EXPECT_EQ(
        evaluated("aihub.bucket('checkout', 'user-1', 's')"), std::to_string(sha256_number("s:checkout:user-1") % 10000)
    );
    EXPECT_EQ(evaluated("('%.0f'):format(aihub.hash('a'))"), std::to_string(sha256_number(":a") >> 11U));
    EXPECT_EQ(evaluated("aihub.hash('a') == aihub.hash('a', 's')"), "false");
}

TEST(AihubLibrary, TheNumbersOfARequestAreItsOwn) {
    CallFacts one;
    one.request_id = "r1";
    CallFacts other;
    other.request_id = "r2";
    const auto first = evaluated("aihub.rand()", one);
    EXPECT_EQ(evaluated("aihub.rand()", one), first);
    EXPECT_NE(evaluated("aihub.rand()", other), first);
    EXPECT_EQ(evaluated("aihub.rand() ~= aihub.rand()", one), "true");
}

TEST(AihubLibrary, TimeIsThatOfTheRequest) {
    CallFacts call;
    call.now = WallTime(std::chrono::seconds(1'700'000'000));
    EXPECT_EQ(evaluated("aihub.now()", call), "1700000000");
}

TEST(AihubLibrary, ComparesNamesAndAddresses) {
    EXPECT_EQ(evaluated("aihub.glob('gpt-*-mini', 'gpt-4o-mini')"), "true");
    EXPECT_EQ(evaluated("aihub.glob('gpt-?', 'gpt-4o')"), "false");
    EXPECT_EQ(evaluated("aihub.glob('*', '')"), "true");
    EXPECT_EQ(evaluated("aihub.glob('a*b*c', 'a1b2b3c')"), "true");
    EXPECT_EQ(evaluated("aihub.glob('a*b', 'a1b2')"), "false");
    EXPECT_EQ(evaluated("aihub.prefix('eu-west', 'eu-')"), "true");
    EXPECT_EQ(evaluated("aihub.prefix('eu', 'eu-')"), "false");
    EXPECT_EQ(evaluated("aihub.cidr('10.0.0.0/8', '10.1.2.3')"), "true");
    EXPECT_EQ(evaluated("aihub.cidr('10.0.0.0/8', '11.1.2.3')"), "false");
    EXPECT_EQ(evaluated("aihub.cidr('10.0.0.0/8', 'here')"), "false");
    EXPECT_EQ(evaluated("aihub.cidr('10.0.0.0/99', '10.1.2.3')"), IpNetwork::parse("10.0.0.0/99").error().message);
}

TEST(AihubLibrary, ReadsValuesOfTheOperator) {
    const std::vector<TextPair> values{{"a", "1"}, {"gold_tokens", "32000"}, {"z", ""}};
    CallFacts call;
    call.values = values;
    EXPECT_EQ(evaluated("aihub.kv.get('gold_tokens')", call), "32000");
    EXPECT_EQ(evaluated("aihub.kv.get('z') == ''", call), "true");
    EXPECT_EQ(evaluated("aihub.kv.get('silver_tokens')", call), "nil");
    EXPECT_EQ(evaluated("aihub.kv.get('')", call), "nil");
    EXPECT_EQ(
        evaluated("aihub.kv.set", call), "there is no aihub.kv.set here; docs/policies/README.md lists what there is"
    );
}

class Counts final : public ScriptCounts {
public:
    void add(Hook hook, std::string_view name, std::uint64_t amount) override {
        lines.push_back(std::string(hook_name(hook)) + " " + std::string(name) + " " + std::to_string(amount));
    }
    std::vector<std::string> lines;
};

TEST(AihubLibrary, Counts) {
    Counts counts;
    StateOptions options;
    options.counts = &counts;
    auto state = policy_of(
        {{"label.lua",
          "return function(ctx)\n"
          "    aihub.count('refused')\n"
          "    aihub.count('tokens', 12)\n"
          "    for i = 1, 20 do aihub.count(ctx.request_id .. i) end\n"
          "    return {}\n"
          "end"}},
        options
    );
    CallFacts call;
    call.request_id = "a";
    ASSERT_TRUE(state->label(call, {}).decision);
    ASSERT_EQ(counts.lines.size(), 16U);
    EXPECT_EQ(counts.lines[0], "label refused 1");
    EXPECT_EQ(counts.lines[1], "label tokens 12");
    EXPECT_EQ(counts.lines[15], "label a14 1");
    for (const auto* id : {"b", "c", "d"}) {
        call.request_id = id;
        ASSERT_TRUE(state->label(call, {}).decision);
    }
    ASSERT_EQ(counts.lines.size(), 64U);
    EXPECT_EQ(counts.lines[48], "label refused 1");
    EXPECT_EQ(counts.lines[63], "label other 1");
    std::sort(counts.lines.begin(), counts.lines.end());
    const auto names = std::unique(counts.lines.begin(), counts.lines.end()) - counts.lines.begin();
    EXPECT_EQ(names, static_cast<std::ptrdiff_t>(ScriptCounts::kCountNamesMax) + 1);
}

TEST(AihubLibrary, CountsHavePlainNamesAndWholeAmounts) {
    for (const auto* name : {"''", "'A'", "'a b'", "('a'):rep(49)"}) {
        EXPECT_NE(
            evaluated("aihub.count(" + std::string(name) + ")").find("a name of lower-case letters"), std::string::npos
        );
    }
    for (const auto* amount : {"-1", "1.5", "0/0", "1e10"}) {
        EXPECT_NE(
            evaluated("aihub.count('a', " + std::string(amount) + ")").find("a whole number, not negative"),
            std::string::npos
        );
    }
}

TEST(AihubLibrary, KnowsProviders) {
    std::vector<ProviderFacts> providers(1);
    providers.front().name = "east";
    providers.front().region = "eu";
    providers.front().latency_ms = 250;
    providers.front().healthy = false;
    CallFacts call;
    call.providers = providers;
    EXPECT_EQ(evaluated("aihub.provider('east').region", call), "eu");
    EXPECT_EQ(evaluated("aihub.provider('east').latency_ms", call), "250");
    EXPECT_EQ(evaluated("aihub.provider('east').healthy", call), "false");
    EXPECT_EQ(evaluated("aihub.provider('west')", call), "nil");
}

TEST(AihubLibrary, HooksHaveWhatTheyNeedOnly) {
    auto state = policy_of(
        {{"admit.lua", "return function(ctx) return { allow = aihub.provider('p').healthy } end"},
         {"label.lua", "return function(ctx) return { n = aihub.rand() } end"}}
    );
    EXPECT_EQ(
        state->admit({}).failure->message,
        "there is no aihub.provider here; docs/policies/README.md lists what there is"
    );
    EXPECT_EQ(
        state->label({}, {}).failure->message,
        "there is no aihub.rand here; docs/policies/README.md lists what there is"
    );
}

class Lines final : public ScriptLog {
public:
    void write(Hook hook, std::string_view level, std::string_view place, std::string_view message) override {
        lines.push_back(
            std::string(hook_name(hook)) + " " + std::string(level) + " " + std::string(place) + " " +
            std::string(message.substr(0, 20)) + " " + std::to_string(message.size())
        );
    }
    std::vector<std::string> lines;
};

TEST(AihubLibrary, LogsWithinBounds) {
    Lines log;
    StateOptions options;
    options.log = &log;
    auto state = policy_of(
        {{"label.lua",
          "return function(ctx)\n  aihub.log('info', 'hello')\n  aihub.log('error', ('x'):rep(5000))\n"
          "  for i = 1, 100 do aihub.log('debug', i) end\n  return {}\nend"}},
        options
    );
    ASSERT_TRUE(state->label({}, {}).decision);
    ASSERT_EQ(log.lines.size(), 16U);
    EXPECT_EQ(log.lines[0], "label info label.lua:2 hello 5");
    EXPECT_EQ(log.lines[1], "label error label.lua:3 xxxxxxxxxxxxxxxxxxxx 1024");
    EXPECT_EQ(
        evaluated("aihub.log('loud', 'x')"), "bad argument #1 to 'log' (the level is debug, info, warning or error)"
    );
}

TEST(AihubLibrary, ModulesAreLoadedAtTheTop) {
    EXPECT_EQ(evaluated("aihub.require('tiers')"), "call aihub.require at the top of the file, not while a hook runs");
}

}  // namespace
}  // namespace aihub::policy
