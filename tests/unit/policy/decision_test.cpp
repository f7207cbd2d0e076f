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
        case Hook::price:
            return said(state->price({}));
        case Hook::guard_request:
        case Hook::guard_window:
        case Hook::guard_response:
            return said(state->guard(hook, {"0123456789", 0, true, {}}));
    }
    return "?";
}

std::string priced(const std::string& lines) {
    return "{ currency = 'USD', lines = { " + lines + " } }";
}

std::string redacted(const std::string& spans) {
    return "{ action = 'redact', spans = { " + spans + " } }";
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
        {Hook::route,
         "{ candidates = { provider = 'p', model = 'm' } }",
         "the decision has names where a list belongs; write { { ... }, { ... } } for its candidates"},
        {Hook::route,
         "{ candidates = { { provider = 'p', model = 'm' }, first = 'p' } }",
         "the decision has names where a list belongs; write { { ... }, { ... } } for its candidates"},
        {Hook::price,
         priced("kind = 'request', quantity = 1, amount = aihub.money('1')"),
         "the decision has names where a list belongs; write { { ... }, { ... } } for its lines"},
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
        {Hook::route,
         "{ balance = 'weight', candidates = { { provider = 'p', model = 'm' } } }",
         "the decision has a balance that is neither \"order\" nor \"weighted\""},
        {Hook::fallback, "{ stop = true, provider = 'p' }", "the decision has a member that is not known: provider"},
        {Hook::experiment, "{ a = 1 }", "the decision says neither true, false nor an arm for a"},
        {Hook::experiment, "{ true }", "the decision has a member whose name is not a short string"},
        {Hook::label, "{ a = 1 }", "the decision has no short string for a"},
        {Hook::price, "{ lines = {} }", "the decision lacks a string \"currency\""},
        {Hook::price, "{ currency = 'USD' }", "the decision lacks a table \"lines\""},
        {Hook::price,
         "{ currency = 'usd', lines = {} }",
         "the decision has a currency that is not 3 to 16 capital letters, digits or _"},
        {Hook::price, priced("1"), "a line is not a table but a number"},
        {Hook::price, priced("{ quantity = 1, amount = aihub.money(1) }"), "a line lacks a string \"kind\""},
        {Hook::price, priced("{ kind = 'k', amount = aihub.money(1) }"), "a line lacks a number \"quantity\""},
        {Hook::price, priced("{ kind = 'k', quantity = 1 }"), "a line lacks a money \"amount\" or \"unit\""},
        {Hook::price,
         priced("{ kind = 'k', quantity = 1, amount = 1.5 }"),
         "a line needs another type: a money \"amount\""},
        {Hook::price,
         priced("{ kind = 'k', quantity = 1.5, unit = aihub.money(1) }"),
         "a line has a number that is not whole: quantity"},
        {Hook::price,
         priced("{ kind = 'k', quantity = -1, unit = aihub.money(1) }"),
         "a line has a number out of range: quantity"},
        {Hook::price,
         priced("{ kind = 'k', quantity = 0 / 0, unit = aihub.money(1) }"),
         "a line has a number out of range: quantity"},
        {Hook::price,
         priced("{ kind = 'k', quantity = 1, unit_size = 0, unit = aihub.money(1) }"),
         "a line has a number out of range: unit_size"},
        {Hook::price,
         priced("{ kind = 'in', quantity = 1200, unit_size = 1000, unit = aihub.money('0.5'), amount = "
                "aihub.money('0.61') }"),
         "a line has another amount than its unit says: in is 0.61, but unit * quantity / unit_size is 0.6; leave the "
         "amount out, or the unit"},
        {Hook::price,
         priced("{ kind = 'k', quantity = 2^53, unit = aihub.money('999999999999') }"),
         "a line cannot be computed: the amount is too large; it may have 12 digits in front of the point"},
        {Hook::price,
         priced("{ kind = 'k', quantity = 1, amount = aihub.money('-0.01') }"),
         "the decision adds up to less than nothing: -0.01"},
        {Hook::price,
         priced("{ kind = 'k', quantity = 1, amount = aihub.money('999999999999') }, { kind = 'k', quantity = 1, "
                "amount = aihub.money('1') }"),
         "the decision cannot be added up: the amount is too large; it may have 12 digits in front of the point"},
        {Hook::guard_request, "{}", "the decision lacks a string \"action\""},
        {Hook::guard_request, "{ action = 'stop' }", "the decision has an action that is not pass, block or redact"},
        {Hook::guard_window, "{ action = 'block', code = 'c' }", "the decision blocks without a code or a message"},
        {Hook::guard_window,
         "{ action = 'pass', code = 'c' }",
         "the decision has a code or a message and does not block"},
        {Hook::guard_response, "{ action = 'redact' }", "the decision redacts without spans"},
        {Hook::guard_response, redacted("1"), "a span is not a table but a number"},
        {Hook::guard_response, redacted("{ first = 1 }"), "a span lacks a number \"last\""},
        {Hook::guard_response, redacted("{ first = 0, last = 1 }"), "a span has a number out of range: first"},
        {Hook::guard_response,
         redacted("{ first = 3, last = 2 }"),
         "a span is empty or begins before the one in front of it has ended"},
        {Hook::guard_response,
         redacted("{ first = 1, last = 4 }, { first = 4, last = 5 }"),
         "a span is empty or begins before the one in front of it has ended"},
        {Hook::guard_response, redacted("{ first = 1, last = 11 }"), "a span goes beyond the text, which has 10 bytes"},
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
    EXPECT_EQ(why(Hook::price, priced("")), "");
    EXPECT_EQ(why(Hook::guard_request, "{ action = 'pass' }"), "");
    EXPECT_EQ(why(Hook::guard_window, redacted("{ first = 1, last = 10 }")), "");
}

TEST(Decision, HasBounds) {
    std::string labels;
    for (std::size_t i = 0; i <= kLabelsMax; ++i) {
        labels += "l" + std::to_string(i) + " = 'x', ";
    }
    EXPECT_EQ(why(Hook::label, "{ " + labels + "}"), "bad_decision: the decision has too many members");
    std::string lines;
    for (std::size_t i = 0; i <= kPriceLinesMax; ++i) {
        lines += "{ kind = 'k', quantity = 1, amount = aihub.money(0) }, ";
    }
    EXPECT_EQ(why(Hook::price, priced(lines)), "bad_decision: the decision has too many lines");
}

TEST(Decision, AGuardSaysWhichBytesGo) {
    auto state = policy_of(
        {{"guard_window.lua",
          "return function(given)\n"
          "    local first, last = given.text:find('secret', 1, true)\n"
          "    if given.labels.strict == 'yes' then\n"
          "        return { action = 'block', code = 'secret', message = 'no secrets at ' .. given.offset }\n"
          "    end\n"
          "    return { action = 'redact', spans = { { first = first, last = last, with = '***' } } }\n"
          "end"}}
    );
    const auto answer = state->guard(Hook::guard_window, {"my secret", 7, false, {}});
    ASSERT_TRUE(answer.decision) << answer.failure->text();
    EXPECT_EQ(answer.decision->action, GuardDecision::Action::redact);
    EXPECT_EQ(answer.decision->spans, (std::vector<GuardDecision::Span>{{3, 9, "***"}}));
    const std::vector<TextPair> labels{{"strict", "yes"}};
    const auto blocked = state->guard(Hook::guard_window, {"my secret", 7, false, labels});
    ASSERT_TRUE(blocked.decision) << blocked.failure->text();
    EXPECT_EQ(*blocked.decision, (GuardDecision{GuardDecision::Action::block, "secret", "no secrets at 7", {}}));
}

TEST(Decision, APriceIsTheSumOfItsLines) {
    auto state = policy_of(
        {{"price.lua",
          "return function(usage, quote)\n"
          "    return { currency = quote.currency, lines = {\n"
          "        { kind = 'input_tokens', quantity = usage.input_tokens, unit = aihub.money('0.15'), unit_size = 1e6 "
          "},\n"
          "        { kind = 'requests', quantity = usage.requests, unit = aihub.money('0.01'),\n"
          "          amount = aihub.money('0.02') },\n"
          "        { kind = 'discount', quantity = 1, amount = aihub.money('-0.00005') },\n"
          "    } }\nend"}}
    );
    PriceFacts facts;
    facts.usage.input_tokens = 1200;
    facts.usage.requests = 2;
    facts.quote.currency = "EUR";
    const auto answer = state->price(facts);
    ASSERT_TRUE(answer.decision) << answer.failure->text();
    EXPECT_EQ(answer.decision->currency, "EUR");
    ASSERT_EQ(answer.decision->lines.size(), 3U);
    const auto& input = answer.decision->lines[0];
    EXPECT_EQ(input.kind, "input_tokens");
    EXPECT_EQ(input.quantity, 1200);
    EXPECT_EQ(input.unit->text(), "0.15");
    EXPECT_EQ(input.unit_size, 1'000'000);
    EXPECT_EQ(input.amount.text(), "0.00018");
    EXPECT_FALSE(answer.decision->lines[2].unit);
    EXPECT_EQ(answer.decision->total.text(), "0.02013");
}

}  // namespace
}  // namespace aihub::policy
