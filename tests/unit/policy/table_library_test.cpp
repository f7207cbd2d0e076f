#include "support/policy_fixture.hpp"

#include <gtest/gtest.h>

namespace aihub::policy {
namespace {

using aihub::testing::evaluated;

std::string keys_of(const std::string& table) {
    return evaluated(
        "text", {}, "local text = ''\nfor k in pairs(" + table + ") do text = text .. tostring(k) .. ' ' end\n"
    );
}

TEST(TableLibrary, PairsGoesInOrder) {
    EXPECT_EQ(keys_of("{ us = 1, eu = 2, asia = 3, [10] = 4, [2] = 5, [-1] = 6 }"), "-1 2 10 asia eu us ");
    EXPECT_EQ(keys_of("{ 'a', 'b', 'c' }"), "1 2 3 ");
    EXPECT_EQ(keys_of("setmetatable({ b = 1 }, { __index = { a = 1 } })"), "b ");
}

TEST(TableLibrary, PairsLeavesOutWhatWasTakenAway) {
    EXPECT_EQ(
        evaluated(
            "text",
            {},
            "local t, text = { a = 1, b = 2, c = 3 }, ''\nfor k in pairs(t) do t.b = nil text = text .. k end\n"
        ),
        "ac"
    );
    EXPECT_EQ(evaluated("pairs(1)"), "bad argument #1 to 'pairs' (table expected, got number)");
}

std::string sorted(const std::string& list, const std::string& before) {
    return evaluated("table.concat(t, ' ')", {}, "local t = " + list + "\ntable.sort(t" + before + ")\n");
}

TEST(TableLibrary, Sorts) {
    EXPECT_EQ(sorted("{ 3, 1, 2 }", ""), "1 2 3");
    EXPECT_EQ(sorted("{ 'b', 'a', 'c' }", ", function(a, b) return a > b end"), "c b a");
    EXPECT_EQ(sorted("{ 7 }", ""), "7");
    EXPECT_EQ(sorted("{ 1, 'a' }", ""), "attempt to compare string with number");
}

TEST(TableLibrary, SortKeepsEqualOnesInTheirOrder) {
    EXPECT_EQ(
        sorted("{ 'b1', 'a1', 'b2', 'a2', 'b3', 'a3', 'b4' }", ", function(a, b) return a:sub(1, 1) < b:sub(1, 1) end"),
        "a1 a2 a3 b1 b2 b3 b4"
    );
}

}  // namespace
}  // namespace aihub::policy
