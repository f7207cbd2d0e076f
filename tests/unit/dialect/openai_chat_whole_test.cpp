#include "answer_fixture.hpp"

namespace aihub::dialect {
namespace {

TEST(OpenaiChatWhole, TextThatIsMissingIsNotEmptyText) {
    test::AnswerCase one;
    one.events.push_back({capability::EventKind::tool_begin, 0, 0, "call_a", "f"});
    const test::Json calls(render(Format::openai_chat, one, false));
    EXPECT_EQ(calls["choices"][0]["message"]["content"].raw(), "null");
    one.events.push_back({capability::EventKind::text, 0, 0, "", ""});
    const test::Json empty(render(Format::openai_chat, one, false));
    EXPECT_EQ(empty["choices"][0]["message"]["content"].raw(), "\"\"");
}

TEST(OpenaiChatWhole, ChoicesStandInTheOrderOfTheirIndex) {
    test::AnswerCase one;
    one.events.push_back({capability::EventKind::text, 1, 0, "", "second"});
    one.events.push_back({capability::EventKind::text, 0, 0, "", "first"});
    const test::Json answer(render(Format::openai_chat, one, false));
    EXPECT_EQ(answer["choices"][0]["message"]["content"].string_or(""), "first");
    EXPECT_EQ(answer["choices"][1]["index"].raw(), "1");
}

}  // namespace
}  // namespace aihub::dialect
