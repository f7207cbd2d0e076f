#include "support/policy_fixture.hpp"

#include <gtest/gtest.h>

namespace aihub::policy {
namespace {

using aihub::testing::evaluated;

// What all results of `call` are, joined.
std::string all(const std::string& call) {
    return evaluated(
        "text", {}, "local text = ''\nfor _, v in ipairs({ " + call + " }) do text = text .. tostring(v) .. ' ' end\n"
    );
}

TEST(StringLibrary, FindsAndMatches) {
    EXPECT_EQ(all("('hello world'):find('o w')"), "5 7 ");
    EXPECT_EQ(all("('a.b'):find('.', 1, true)"), "2 2 ");
    EXPECT_EQ(all("('a.b'):find('.', 2)"), "2 2 ");
    EXPECT_EQ(all("('abc'):find('c', -1)"), "3 3 ");
    EXPECT_EQ(all("('abc'):find('', 10)"), "4 3 ");
    EXPECT_EQ(all("('k=v'):find('(%w)=(%w)')"), "1 3 k v ");
    EXPECT_EQ(all("('k=v'):match('(%w)=(%w)')"), "k v ");
    EXPECT_EQ(all("('k=v'):match('=.')"), "=v ");
    EXPECT_EQ(evaluated("('k=v'):match('x')"), "nil");
    EXPECT_EQ(evaluated("('k'):match(nil)"), "bad argument #1 to 'match' (string expected, got nil)");
}

TEST(StringLibrary, GoesOverMatches) {
    EXPECT_EQ(
        evaluated(
            "text", {}, "local text = '' for k, v in ('a=1, b=2'):gmatch('(%w)=(%w)') do text = text .. k .. v end\n"
        ),
        "a1b2"
    );
    EXPECT_EQ(evaluated("n", {}, "local n = 0 for _ in ('abc'):gmatch('') do n = n + 1 end\n"), "4");
}

TEST(StringLibrary, Replaces) {
    EXPECT_EQ(all("('hello'):gsub('l', 'L')"), "heLLo 2 ");
    EXPECT_EQ(all("('hello'):gsub('l', 'L', 1)"), "heLlo 1 ");
    EXPECT_EQ(all("('hello'):gsub('', '-')"), "-h-e-l-l-o- 6 ");
    EXPECT_EQ(all("('a b'):gsub('(%w) (%w)', '%2 %1 %0 %%')"), "b a a b % 1 ");
    EXPECT_EQ(all("('a b'):gsub('%w', { a = 'x', b = false })"), "x b 2 ");
    EXPECT_EQ(all("('a b'):gsub('%w', function(c) return c:upper() end)"), "A B 2 ");
    EXPECT_EQ(all("('aaa'):gsub('^a', 'b')"), "baa 1 ");
    EXPECT_EQ(evaluated("('a'):gsub('a', '%2')"), "invalid capture index");
    EXPECT_EQ(evaluated("('a'):gsub('a', function() return {} end)"), "invalid replacement value (a table)");
}

TEST(StringLibrary, FormatsWithoutAddresses) {
    EXPECT_EQ(evaluated("('%s %d %5.2f %q %%'):format('a', 3, 1.5, 'b')"), "a 3  1.50 \"b\" %");
    EXPECT_EQ(evaluated("('%s %s'):format({}, true)"), "table true");
    EXPECT_EQ(evaluated("('%d'):format()"), "string.format: argument 1 is missing");
    EXPECT_EQ(
        evaluated("('%p'):format({})"), "string.format: a conversion that there is not; %s, %d, %g, %f, %x and %q are"
    );
}

TEST(StringLibrary, RepeatsToABound) {
    EXPECT_EQ(evaluated("('ab'):rep(2, ',')"), "ab,ab");
    EXPECT_EQ(evaluated("#('ab'):rep(-1)"), "0");
    EXPECT_EQ(evaluated("('ab'):rep(1e9)"), "string.rep would make a string of more than 131072 bytes");
}

}  // namespace
}  // namespace aihub::policy
