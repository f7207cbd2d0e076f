#include "policy/decision.hpp"

#include "support/policy_fixture.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace aihub::policy {
namespace {

using aihub::testing::policy_of;

// Why `text`, returned by the hook, is no decision; "" when it is one.
std::string why(Hook hook, const std::string& text) {
    auto state = policy_of({{std::string(hook_name(hook)) + ".lua", "return function() return " + text + " end"}});
    const auto said = [](const auto& answer) {
        return answer.failure ? std::string(fault_name(answer.failure->fault)) + ": " + answer.failure->message : "";
    };
    switch (hook) {
        case Hook::admit:
            return said(state->admit({}));
        case Hook::experiment:
            return said(state->experiment({}));
        case Hook::route:
            return said(state->route({}));
        case Hook::fallback:
            return said(state->fallback({}, {}));
        case Hook::label:
            return said(state->label({}, {}));
    }
    return "?";
}

struct Row {
    Hook hook;
    std::string text;
    std::string expected;
};

TEST(Decision, SaysWhatIsWrong) {
    const std::vector<Row> rows{
        {Hook::admit, "nil", "the decision is missing; return a table"},
        {Hook::admit, "true", "the decision is not a table but a boolean"},
        {Hook::admit, "{}", "the decision lacks a boolean \"allow\""},
        {Hook::admit, "{ allow = 1 }", "the decision needs another type: a boolean \"allow\""},
        {Hook::admit, "{ allow = false }", "the decision lacks a string \"code\""},
        {Hook::admit, "{ allow = false, code = 'c' }", "the decision lacks a string \"message\""},
        {Hook::admit, "{ allow = true, limit = 1 }", "the decision has a member that is not known: limit"},
        {Hook::admit, "{ allow = true, limit_class = ('x'):rep(300) }", "the decision has too long a limit_class"},
        {Hook::route, "{}", "the decision lacks a table \"candidates\""},
        {Hook::route,
         "{ candidates = {} }",
         "the decision has no candidates; return at least one, or let admit refuse the call"},
        {Hook::route, "{ candidates = { 1 } }", "a candidate is not a table but a number"},
        {Hook::route, "{ candidates = { { provider = 'p' } } }", "a candidate lacks a string \"model\""},
        {Hook::route, "{ candidates = { { provider = '', model = 'm' } } }", "a candidate has an empty provider"},
        {Hook::route,
         "{ candidates = { { provider = 'p', model = 'm', wait = 1 } } }",
         "a candidate has a member that is not known: wait"},
        {Hook::route,
         "{ candidates = { { provider = 'p', model = 'm', retries = 11 } } }",
         "a candidate has a number out of range: retries"},
        {Hook::route,
         "{ candidates = { { provider = 'p', model = 'm', timeout_ms = -1 } } }",
         "a candidate has a number out of range: timeout_ms"},
        {Hook::route,
         "{ candidates = { { provider = 'p', model = 'm' } }, transforms = { 1 } }",
         "the decision has a transform that is not a short string"},
        {Hook::fallback, "{}", "the decision lacks a string \"provider\""},
        {Hook::fallback, "{ stop = true, provider = 'p' }", "the decision has a member that is not known: provider"},
        {Hook::experiment, "{ a = 1 }", "the decision says neither true, false nor an arm for a"},
        {Hook::experiment, "{ true }", "the decision has a member whose name is not a short string"},
        {Hook::label, "{ a = 1 }", "the decision has no short string for a"},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(why(row.hook, row.text), "bad_decision: " + row.expected) << row.text;
    }
}

TEST(Decision, TakesTheSmallestOfEachHook) {
    EXPECT_EQ(why(Hook::admit, "{ allow = true }"), "");
    EXPECT_EQ(why(Hook::experiment, "{}"), "");
    EXPECT_EQ(why(Hook::route, "{ candidates = { { provider = 'p', model = 'm' } } }"), "");
    EXPECT_EQ(why(Hook::fallback, "{ stop = true }"), "");
    EXPECT_EQ(why(Hook::label, "{}"), "");
}

TEST(Decision, HasBounds) {
    std::string labels;
    for (std::size_t i = 0; i <= kLabelsMax; ++i) {
        labels += "l" + std::to_string(i) + " = 'x', ";
    }
    EXPECT_EQ(why(Hook::label, "{ " + labels + "}"), "bad_decision: the decision has too many members");
}

}  // namespace
}  // namespace aihub::policy
