#include "policy/library.hpp"

#include "support/policy_fixture.hpp"

#include <gtest/gtest.h>

namespace aihub::policy {
namespace {

using aihub::testing::evaluated;

TEST(Library, HasTheOrdinaryFunctions) {
    EXPECT_EQ(evaluated("math.floor(2.7) + math.max(1, 2)"), "4");
    EXPECT_EQ(evaluated("bit.band(6, 3)"), "2");
    EXPECT_EQ(evaluated("table.concat({ 1, 2, 3 }, '-')"), "1-2-3");
    EXPECT_EQ(evaluated("select('#', unpack({ 1, 2, 3 }))"), "3");
    EXPECT_EQ(evaluated("pcall(error, 'x')"), "false");
    EXPECT_EQ(evaluated("tonumber('0x10') + tonumber('11', 2)"), "19");
    EXPECT_EQ(evaluated("('AbC'):lower()"), "abc");
}

TEST(Library, NamesWhatIsNotThere) {
    EXPECT_EQ(evaluated("os"), "there is no os here; docs/policies/README.md lists what there is");
    EXPECT_EQ(evaluated("math.random()"), "there is no math.random here; docs/policies/README.md lists what there is");
}

TEST(Library, TablesOfItCannotBeChanged) {
    EXPECT_EQ(evaluated("1", {}, "string.upper = nil\n"), "string.upper was assigned; keep values in local variables");
    EXPECT_EQ(evaluated("1", {}, "math.tau = 6\n"), "math.tau was assigned; keep values in local variables");
    EXPECT_EQ(evaluated("1", {}, "total = 6\n"), "global \"total\" was assigned; write `local total`");
    EXPECT_EQ(evaluated("getmetatable(string)"), "false");
}

TEST(Library, TextHasNoAddresses) {
    EXPECT_EQ(
        evaluated("tostring({}) .. tostring(print == nil)"),
        "there is no print here; docs/policies/README.md lists what there is"
    );
    EXPECT_EQ(evaluated("{}"), "table");
    EXPECT_EQ(evaluated("pcall"), "function");
    EXPECT_EQ(evaluated("setmetatable({}, { __tostring = function() return 'mine' end })"), "mine");
    EXPECT_EQ(
        evaluated("setmetatable({}, { __tostring = function() return 1 end })"),
        "__tostring gave a number; return a string"
    );
}

}  // namespace
}  // namespace aihub::policy
