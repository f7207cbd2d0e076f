#include "policy/price_check.hpp"

#include "support/policy_fixture.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace aihub::policy {
namespace {

// What fails for a price of one line, `line`, computed from `usage` and `quote`; each as "property: failure".
std::string failures(const std::string& line, const std::string& currency = "'USD'", bool splitting = true) {
    auto state = testing::policy_of(
        {{"price.lua",
          "return function(usage, quote)\n"
          "    local money = aihub.money\n"
          "    return { currency = " +
              currency + ", lines = { { kind = 'k', quantity = 1, amount = " + line + " } } }\nend"}}
    );
    PriceCheck check(*state, splitting);
    PriceFacts facts;
    facts.usage.model = "m";
    facts.usage.input_tokens = 100;
    check.vary(facts);
    std::string text;
    for (const auto& finding : check.findings()) {
        if (!finding.failure.empty()) {
            text += std::string(finding.property) + ": " + finding.failure + "\n";
        }
    }
    return text;
}

TEST(PriceCheck, HoldsForOrdinaryPrices) {
    EXPECT_EQ(failures("money('0.15'):per(usage.input_tokens, 1e6) + money('0.6'):per(usage.output_tokens, 1e6)"), "");
    EXPECT_EQ(failures("money('0.000000000001'):per(usage.input_tokens + usage.output_tokens, 7, 'down')"), "");
    EXPECT_EQ(failures("money('0.01'):times(usage.requests)"), "");
    EXPECT_EQ(failures("money(0)"), "");
}

// What is read from a cache is a part of the input: no call and no part of one may have more of it than of input.
TEST(PriceCheck, TriesCountsThatFitTogether) {
    EXPECT_EQ(
        failures("money('3'):per(usage.input_tokens - usage.cache_read_tokens - usage.cache_write_tokens, 1e6)"
                 " + money('6'):per(usage.cache_write_tokens - usage.cache_write_1h_tokens, 1e6)"
                 " + money('9'):per(usage.output_tokens - usage.reasoning_tokens, 1e6)"),
        ""
    );
}

TEST(PriceCheck, FindsPricesThatFall) {
    const auto text =
        failures("money(usage.input_tokens > 1000 and 1 or usage.input_tokens > 0 and 2 or 0)", "'USD'", false);
    EXPECT_EQ(text.find("more tokens do not cost less: { model = \"m\", requests = 1, input_tokens = "), 0U) << text;
    EXPECT_NE(text.find(" costs 2, and { model = \"m\""), std::string::npos) << text;
}

TEST(PriceCheck, FindsPricesOfNothing) {
    EXPECT_EQ(
        failures("money('0.5')"), "nothing used costs nothing: { model = \"m\" } costs 0.5, with requests = 0 as well\n"
    );
}

TEST(PriceCheck, FindsPricesThatInviteSplitting) {
    const std::string tiers = "money(usage.input_tokens > 2000 and '2' or '1'):per(usage.input_tokens, 1000)";
    const auto text = failures(tiers);
    EXPECT_EQ(text.find("a call in parts does not cost less: { model = \"m\""), 0U) << text;
    EXPECT_NE(text.find("; write \"check_splitting\": false into bundle.json if that is meant\n"), std::string::npos);
    EXPECT_EQ(failures(tiers, "'USD'", false), "");
}

TEST(PriceCheck, FindsCountsWithoutAPrice) {
    const auto negative = failures("money(1):times(1000 - usage.output_tokens)", "'USD'", false);
    EXPECT_NE(negative.find("a price for any counts: { model = \"m\""), std::string::npos) << negative;
    EXPECT_NE(negative.find("adds up to less than nothing"), std::string::npos) << negative;
}

TEST(PriceCheck, FindsPricesThatRememberCalls) {
    auto state = testing::policy_of(
        {{"price.lua",
          "local calls = 0\n"
          "return function(usage)\n"
          "    calls = calls + usage.requests\n"
          "    local amount = aihub.money(calls):times(usage.requests)\n"
          "    return { currency = 'USD', lines = { { kind = 'k', quantity = 1, amount = amount } } }\n"
          "end"}}
    );
    PriceCheck check(*state, false);
    check.vary({});
    const auto found = check.findings();
    EXPECT_EQ(found[1].property, "the same price for the same call");
    EXPECT_NE(found[1].failure.find("; keep nothing between calls"), std::string::npos) << found[1].failure;
}

TEST(PriceCheck, FindsOtherCurrencies) {
    const auto text = failures("money(0)", "usage.input_tokens > 1000 and 'EUR' or 'USD'");
    EXPECT_EQ(text.find("one currency for a call, whatever was used: { model = \"m\""), 0U) << text;
    EXPECT_NE(text.find(" costs EUR, and other counts USD\n"), std::string::npos) << text;
}

TEST(PriceCheck, SaysWhenThereWasNothingToTry) {
    auto state = testing::policy_of({{"price.lua", "return function() return { currency = 'USD', lines = {} } end"}});
    const PriceCheck check(*state, true);
    const auto found = check.findings();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].failure.substr(0, 34), "no spec asks aihub.test.price for ");
}

}  // namespace
}  // namespace aihub::policy
