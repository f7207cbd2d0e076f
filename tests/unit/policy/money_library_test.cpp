#include "policy/money_library.hpp"

#include "policy/library.hpp"
#include "policy/meter.hpp"
#include "support/policy_fixture.hpp"

#include <gtest/gtest.h>
#include <lua.hpp>

#include <string>
#include <utility>
#include <vector>

namespace aihub::policy {
namespace {

using aihub::testing::evaluated;

TEST(MoneyLibrary, Computes) {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"aihub.money('1.25') + aihub.money('0.000000000001')", "1.250000000001"},
        {"aihub.money('0.1') + aihub.money('0.2') == aihub.money('0.3')", "true"},
        {"aihub.money('1') - aihub.money('1.5')", "-0.5"},
        {"-aihub.money('0.5')", "-0.5"},
        {"aihub.money(3)", "3"},
        {"aihub.money(-3):text()", "-3"},
        {"aihub.money(aihub.money('1.5'))", "1.5"},
        {"aihub.money('1') < aihub.money('1.5')", "true"},
        {"aihub.money('1') >= aihub.money('1.5')", "false"},
        {"aihub.money('1.0') == aihub.money('1')", "true"},
        {"aihub.money('1') == 1", "false"},
        {"aihub.money('0.15'):times(4)", "0.6"},
        {"aihub.money('0.15'):times('1.15')", "0.1725"},
        {"aihub.money('0.15'):per(1200, 1000000)", "0.00018"},
        {"aihub.money('0.000000000001'):per(1, 2)", "0"},
        {"aihub.money('0.000000000001'):per(3, 2)", "0.000000000002"},
        {"aihub.money('0.000000000001'):per(1, 2, 'half_up')", "0.000000000001"},
        {"aihub.money('0.000000000001'):per(1, 1000, 'up')", "0.000000000001"},
        {"aihub.money('0.000000000001'):per(1999, 1000, 'down')", "0.000000000001"},
    };
    for (const auto& [expression, expected] : rows) {
        EXPECT_EQ(evaluated(expression), expected) << expression;
    }
}

TEST(MoneyLibrary, SaysWhatItDoesNotDo) {
    const std::string none = " is no amount of money; write digits with a point";
    const std::string only = "an amount of money goes with amounts of money only, not with a number; make one with";
    const std::vector<std::pair<std::string, std::string>> rows{
        {"aihub.money(1.25)", "a whole number, or a decimal as a string: \"1.25\""},
        {"aihub.money(0/0)", "a whole number, or a decimal as a string"},
        {"aihub.money(1/0)", "a whole number, or a decimal as a string"},
        {"aihub.money(2^60)", "a whole number, or a decimal as a string"},
        {"aihub.money(nil)", "a whole number, or a decimal as a string"},
        {"aihub.money({})", "a whole number, or a decimal as a string"},
        {"aihub.money('1e3')", "\"1e3\"" + none},
        {"aihub.money('1.0000000000000')", none},
        {"aihub.money(('1'):rep(1000))", none},
        {"aihub.money('1') + 1", only},
        {"1 + aihub.money('1')", only},
        {"aihub.money('1') < 1", "attempt to compare"},
        {"aihub.money('1') * 2", "use :times, :per and :text"},
        {"2 * aihub.money('1')", "use :times, :per and :text"},
        {"aihub.money('1') / 2", "use :times, :per and :text"},
        {"aihub.money('1') .. ' USD'", "use :times, :per and :text"},
        {"aihub.money('1'):times(1.5)", "a decimal factor as a string, such as \"1.15\""},
        {"aihub.money('1'):times('x')", none},
        {"aihub.money('1'):per('1200', 1000)", "how many there are, a whole number"},
        {"aihub.money('1'):per(1200, 0.5)", "how many the price is for, a whole number"},
        {"aihub.money('1'):per(1200, 0)", "divided by 1 or more, not by 0"},
        {"aihub.money('1'):per(1, 1, 'ceil')", "invalid option"},
        {"aihub.money('999999999999') + aihub.money('1')", "the amount is too large"},
        {"aihub.money('1'):ceil()", "there is no money.ceil here"},
        {"aihub.money('1').times({}, 1)", "not with a table"},
    };
    for (const auto& [expression, expected] : rows) {
        EXPECT_NE(evaluated(expression).find(expected), std::string::npos)
            << expression << ": " << evaluated(expression);
    }
}

TEST(MoneyLibrary, IsToldFromOtherUserdata) {
    Meter meter{StateLimits()};
    lua_State* L = lua_newstate(&Meter::allocate, &meter);
    open_library(L);
    Amount amount;
    lua_newuserdata(L, sizeof(Amount));
    EXPECT_FALSE(money_at(L, -1, amount));
    lua_newtable(L);
    lua_setmetatable(L, -2);
    EXPECT_FALSE(money_at(L, -1, amount));
    lua_pushnumber(L, 1);
    EXPECT_FALSE(money_at(L, -1, amount));
    const auto wanted = *Amount::parse("-12.5");
    push_money(L, wanted);
    EXPECT_TRUE(money_at(L, -1, amount));
    EXPECT_EQ(amount, wanted);
    EXPECT_EQ(lua_gettop(L), 3);
    lua_close(L);
}

}  // namespace
}  // namespace aihub::policy
