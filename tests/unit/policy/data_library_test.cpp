#include "policy/data_library.hpp"

#include "support/policy_fixture.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace aihub::policy {
namespace {

std::string shown(const std::string& expression, const std::string& before = {}) {
    return testing::evaluated(
        expression,
        {},
        "local prices, limits = aihub.table('prices'), aihub.table('limits')\n" + before,
        {{"prices.csv",
          "model:text,provider:text,input:money,context:number,chat:flag\n"
          "small,a,0.15,8000,true\n"
          "large,b,2.5,128000,true\n"
          "words,b,,8000,false\n"},
         {"limits.json", R"({"gold": {"images": 5, "models": ["x", null, "y"]}, "open": true, "none": null})"}}
    );
}

TEST(DataLibrary, ShowsTables) {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"prices:get('small').input", "0.15"},
        {"prices:get('small').input:per(2, 1)", "0.3"},
        {"prices:get('large').context + 1", "128001"},
        {"prices:get('words').chat", "false"},
        {"prices:get('words').input", "nil"},
        {"prices:get('none')", "nil"},
        {"prices:find{ provider = 'b' }.model", "large"},
        {"prices:find{ provider = 'b', chat = false }.model", "words"},
        {"prices:find{ input = aihub.money('2.50') }.model", "large"},
        {"prices:find{ context = 8000, provider = 'b' }.model", "words"},
        {"prices:find{ provider = 'c' }", "nil"},
        {"prices:find{}.model", "small"},
        {"#prices", "3"},
    };
    for (const auto& [expression, expected] : rows) {
        EXPECT_EQ(shown(expression), expected) << expression;
    }
    EXPECT_EQ(
        shown("text", "local text = '' for model, row in pairs(prices) do text = text .. model .. row.provider end"),
        "smallalargebwordsb"
    );
    EXPECT_EQ(
        shown("text", "local text = '' for name in pairs(prices:get('words')) do text = text .. name .. ' ' end"),
        "model provider context chat "
    );
}

TEST(DataLibrary, ShowsDocuments) {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"limits.gold.images", "5"},
        {"limits.gold.models[1] .. limits.gold.models[3]", "xy"},
        {"limits.gold.models[2]", "nil"},
        {"limits.gold.models[0]", "nil"},
        {"limits.gold.models[1.5]", "nil"},
        {"limits.gold.models[0/0]", "nil"},
        {"limits.gold.models[1e300]", "nil"},
        {"limits.gold.models.x", "nil"},
        {"#limits.gold.models", "3"},
        {"limits.open", "true"},
        {"limits.none", "nil"},
        {"limits.silver", "nil"},
    };
    for (const auto& [expression, expected] : rows) {
        EXPECT_EQ(shown(expression), expected) << expression;
    }
    EXPECT_EQ(
        shown("text", "local text = '' for name in pairs(limits) do text = text .. name .. ' ' end"), "gold open "
    );
    EXPECT_EQ(
        shown("text", "local text = '' for i, m in pairs(limits.gold.models) do text = text .. i .. m end"), "1x3y"
    );
}

TEST(DataLibrary, SaysWhatItDoesNotHave) {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"aihub.table('tiers')", "the bundle has no data \"tiers\"; add tiers.csv or tiers.json"},
        {"aihub.table(1)", "bad argument #1"},
        {"prices:get('small').inputs", "the table has no column inputs"},
        {"prices:get(1)", "string expected"},
        {"prices:find{ inputs = 1 }", "the table has no column inputs"},
        {"prices:find{ 'small' }", "the table has no column (number)"},
        {"prices:find{ ['model\\0more'] = 'small' }", "the table has no column model"},
        {"prices:find{ input = 0.15 }", "the column input holds another type than a number"},
        {"prices:find{ chat = 'true' }", "the column chat holds another type than a string"},
        {"prices.small", "there is no table.small here"},
        {"prices.get(limits, 'x')", "bad argument #1"},
        {"#limits.gold", "# is for lists; go over an object with pairs"},
    };
    for (const auto& [expression, expected] : rows) {
        EXPECT_NE(shown(expression).find(expected), std::string::npos) << expression << ": " << shown(expression);
    }
    for (const auto* target : {"prices", "prices:get('small')", "limits", "limits.gold", "limits.gold.models"}) {
        const auto text = shown("x", "local it = " + std::string(target) + " it[1] = 1");
        EXPECT_NE(text.find("the data of a bundle cannot be changed"), std::string::npos) << target << ": " << text;
    }
}

TEST(DataLibrary, DecodesJson) {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"aihub.json.decode('{\"a\": [1, {\"b\": \"x\"}]}').a[2].b", "x"},
        {"aihub.json.decode('{\"a\": null}').a", "nil"},
        {"aihub.json.decode('[null, 2]')[1]", "false"},
        {"#aihub.json.decode('[null, 2]')", "2"},
        {"aihub.json.decode('\"text\"')", "text"},
        {"aihub.json.decode('1.5')", "1.5"},
    };
    for (const auto& [expression, expected] : rows) {
        EXPECT_EQ(shown(expression), expected) << expression;
    }
    EXPECT_NE(shown("aihub.json.decode('{')").find("this is no JSON: "), std::string::npos);
    EXPECT_NE(shown("aihub.json.decode(('['):rep(20))").find("nested deeper than 16 levels"), std::string::npos);
    EXPECT_NE(shown("aihub.json.decode((' '):rep(70000))").find("JSON text may have 65536 bytes"), std::string::npos);
    EXPECT_NE(shown("aihub.json.decode({})").find("string expected"), std::string::npos);
}

}  // namespace
}  // namespace aihub::policy
