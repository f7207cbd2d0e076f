#include "policy/pattern.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace aihub::policy {
namespace {

using End = PatternMatcher::End;

// "begin-end[captures]" or the reason why not. The expectations are what the stock library of Lua 5.1 gives.
std::string found(const std::string& text, const std::string& pattern, std::size_t from = 0) {
    std::uint64_t steps = 10'000;
    PatternMatcher matcher(text, pattern, steps);
    switch (matcher.find(from)) {
        case End::found:
            break;
        case End::not_found:
            return "no";
        case End::out_of_steps:
            return "out of steps";
        case End::bad_pattern:
        case End::too_deep:
            return matcher.error();
    }
    std::string out = std::to_string(matcher.begin()) + "-" + std::to_string(matcher.end());
    for (std::size_t i = 0; i < matcher.capture_count(); ++i) {
        const auto& capture = matcher.capture(i);
        out += capture.is_position ? " @" + std::to_string(capture.begin + 1)
                                   : " " + text.substr(capture.begin, capture.size);
    }
    return out;
}

std::string times(int count, const std::string& text) {
    std::string out;
    for (int i = 0; i < count; ++i) {
        out += text;
    }
    return out;
}

struct Row {
    std::string text;
    std::string pattern;
    std::string expected;
};

TEST(PatternMatcher, MatchesAsLuaDoes) {
    const std::vector<Row> rows{
        {"hello world", "o w", "4-7"},
        {"hello", "l+", "2-4"},
        {"hello", "x*", "0-0"},
        {"hello", "^h", "0-1"},
        {"hello", "^e", "no"},
        {"hello", "o$", "4-5"},
        {"a$", "a$b", "no"},
        {"hello", "h?e?l?", "0-3"},
        {"key = value", "(%w+)%s*=%s*(%w+)", "0-11 key value"},
        {"2026-11-22", "(%d+)-(%d+)-(%d+)", "0-10 2026 11 22"},
        {"<a><b>", "<(.-)>", "0-3 a"},
        {"<a><b>", "<(.*)>", "0-6 a><b"},
        {"f(a(b)c)d", "%b()", "1-8"},
        {"f(a", "%b()", "no"},
        {"THE (quick) fox", "%f[%a]%a+%f[%A]", "0-3"},
        {"x'it''s'", "(['\"])(.-)%1", "1-5 ' it"},
        {"abc", "()b()", "1-2 @2 @3"},
        {"abc", "[a-b]+", "0-2"},
        {"a-c", "[a%-]+", "0-2"},
        {"]x", "[]]", "0-1"},
        {"x]", "[^]]", "0-1"},
        {"gpt-4o", "[%w%-]+", "0-6"},
        {"a.b", "%.", "1-2"},
        {std::string("a\0b", 3), "%z", "1-2"},
        {"ABC", "%l", "no"},
        {"abC", "%u", "2-3"},
        {"", "", "0-0"},
        {"", "a", "no"},
        {"aXb", "%u", "1-2"},
        {"aaab", "a-b", "0-4"},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(found(row.text, row.pattern), row.expected) << row.text << " ~ " << row.pattern;
    }
    EXPECT_EQ(found("abcabc", "b", 2), "4-5");
    EXPECT_EQ(found("abc", "^b", 1), "1-2");
}

TEST(PatternMatcher, SaysWhatIsWrongWithAPattern) {
    const std::vector<Row> rows{
        {"a", "%", "malformed pattern (ends with %)"},
        {"a", "[a", "malformed pattern (missing ])"},
        {"a", "[a%", "malformed pattern (missing ])"},
        {"a", "%b", "malformed pattern (missing arguments to %b)"},
        {"a", "%f", "malformed pattern (missing [ after %f)"},
        {"a", "(a", "unfinished capture"},
        {"a", "a)", "invalid pattern capture"},
        {"a", "%1", "invalid capture index"},
        {"a", "(a%1)", "invalid capture index"},
        {"", times(33, "()"), "too many captures"},
        {"a", std::string(1025, 'a'), "the pattern is longer than 1024 bytes"},
        {std::string(300, 'a'), times(300, "a?"), "pattern too complex"},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(found(row.text, row.pattern), row.expected) << row.pattern.substr(0, 20);
    }
}

TEST(PatternMatcher, EndsWhenItsStepsAreUsedUp) {
    EXPECT_EQ(found(std::string(200, 'a'), "a-a-a-a-b"), "out of steps");
    EXPECT_EQ(found(std::string(20'000, 'a'), "a*$b"), "out of steps");
    EXPECT_EQ(found(std::string(20'000, '('), "%b()"), "out of steps");
}

TEST(PatternMatcher, SubtractsWhatItSpent) {
    std::uint64_t steps = 1000;
    PatternMatcher matcher("hello world", "wor", steps);
    ASSERT_EQ(matcher.find(0), End::found);
    EXPECT_LT(steps, 1000U);
    EXPECT_GT(steps, 900U);
}

}  // namespace
}  // namespace aihub::policy
