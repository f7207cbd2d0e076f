#include "policy/regex_library.hpp"

#include "support/policy_fixture.hpp"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <string>

namespace aihub::policy {
namespace {

using aihub::testing::evaluated;

TEST(RegexLibrary, Matches) {
    EXPECT_EQ(evaluated("aihub.re.match('[0-9]+', 'gpt-4o')"), "4");
    EXPECT_EQ(evaluated("aihub.re.match('^[0-9]+', 'gpt-4o')"), "nil");
    EXPECT_EQ(evaluated("select('#', aihub.re.match('(a)|(b)', 'b'))"), "2");
    EXPECT_EQ(evaluated("select(1, aihub.re.match('(a)|(b)', 'b'))"), "nil");
    EXPECT_EQ(evaluated("select(2, aihub.re.match('(a)|(b)', 'b'))"), "b");
    EXPECT_EQ(evaluated("aihub.re.match('x*', '') == ''"), "true");
    EXPECT_EQ(evaluated("aihub.re.match('(?i)CAF\\195\\137', 'caf\\195\\169')"), "caf\xC3\xA9");
}

TEST(RegexLibrary, SaysWhatIsNoExpression) {
    EXPECT_EQ(evaluated("aihub.re.match('(', 'x')"), "this is no regular expression: missing ): (");
    EXPECT_EQ(
        evaluated("aihub.re.match('(x)\\\\1', 'x')"), "this is no regular expression: invalid escape sequence: \\1"
    );
    EXPECT_EQ(
        evaluated("aihub.re.match(('(x)'):rep(17), 'x')"),
        "a regular expression may capture 16 times; write (?:...) for groups"
    );
    EXPECT_NE(evaluated("aihub.re.match(('x'):rep(513), 'x')").find("may have 512 bytes"), std::string::npos);
    EXPECT_NE(evaluated("aihub.re.match('x', ('x'):rep(65537))").find("may have 65536 bytes"), std::string::npos);
    const std::string large = "aihub.re.match('((a{100}){100}){100}', 'x')";
    EXPECT_EQ(evaluated(large), "this is no regular expression: invalid repetition size: {100}");
    EXPECT_EQ(
        evaluated("aihub.re.match('[^a]{1000}.{1000}\\\\pL{1000}', 'x')"),
        "this is no regular expression: pattern too large - compile failed"
    );
}

TEST(RegexLibrary, KeepsTheLastExpressions) {
    RegexCache cache;
    EXPECT_EQ(cache.find("a0"), nullptr);
    for (std::size_t i = 0; i <= RegexCache::kPatternsMax; ++i) {
        EXPECT_TRUE(cache.add("a" + std::to_string(i)).ok());
    }
    EXPECT_EQ(cache.find("a0"), nullptr);
    ASSERT_NE(cache.find("a1"), nullptr);
    EXPECT_EQ(cache.find("a1")->pattern(), "a1");
    EXPECT_FALSE(cache.add("(").ok());
    EXPECT_NE(cache.find("("), nullptr);
}

}  // namespace
}  // namespace aihub::policy
