#include "answer_fixture.hpp"

#include <set>

namespace aihub::dialect {
namespace {

struct Rebuilt {
    std::string text;
    std::string reasoning;
    std::string refusal;
    std::vector<std::string> arguments;
    std::string finish;
};

void take_delta(const sdk::JsonValue& delta, Rebuilt& choice) {
    choice.text += delta["content"].string_or("");
    choice.reasoning += delta["reasoning_content"].string_or("");
    choice.refusal += delta["refusal"].string_or("");
    for (const auto call : delta["tool_calls"]) {
        const auto index = call["index"].number<std::size_t>().value_or(99);
        if (call["id"]) {
            ASSERT_EQ(index, choice.arguments.size());
            choice.arguments.emplace_back();
        }
        ASSERT_LT(index, choice.arguments.size());
        choice.arguments[index] += call["function"]["arguments"].string_or("");
    }
}

std::map<std::uint32_t, Rebuilt> rebuild(const test::AnswerCase& one) {
    std::map<std::uint32_t, Rebuilt> choices;
    auto events = test::events_of(render(Format::openai_chat, one, true));
    EXPECT_EQ(events.back().data, "[DONE]");
    events.pop_back();
    std::size_t at = 0;
    for (const auto& event : events) {
        const test::Json chunk(event.data);
        const bool last = ++at == events.size();
        EXPECT_EQ(chunk["usage"].is(sdk::JsonKind::object), one.include_usage && last);
        EXPECT_EQ(chunk["choices"].size(), one.include_usage && last ? 0U : 1U);
        for (const auto choice : chunk["choices"]) {
            const auto index = *choice["index"].number<std::uint32_t>();
            const bool first = !choices.contains(index);
            EXPECT_EQ(choice["delta"]["role"].string_or("") == "assistant", first);
            EXPECT_TRUE(choices[index].finish.empty());  // nothing comes behind it
            take_delta(choice["delta"], choices[index]);
            choices[index].finish = choice["finish_reason"].string_or("");
        }
    }
    for (auto& [index, choice] : choices) {
        for (auto& arguments : choice.arguments) {
            arguments = test::trimmed(arguments);
        }
    }
    return choices;
}

std::string finish_expected(const test::Said& said) {
    const bool cut = said.finish == "length" || said.finish == "content_filter";
    return cut ? said.finish : said.ends_with_tools() ? "tool_calls" : "stop";
}

TEST(OpenaiChatRenderer, GivesTheBytesOfTheCases) {
    test::expect_goldens(Format::openai_chat, "openai.chat");
}

TEST(OpenaiChatRenderer, AStreamSaysWhatTheEventsSay) {
    for (const auto& one : test::all_cases()) {
        if (one.name == "split_utf8") {
            continue;  // It holds what is no text.
        }
        for (const auto& [index, choice] : rebuild(one)) {
            const auto said = test::said(one, index);
            EXPECT_EQ(choice.text, said.text) << one.name;
            EXPECT_EQ(choice.reasoning, said.reasoning) << one.name;
            EXPECT_EQ(choice.refusal, said.refusal) << one.name;
            EXPECT_EQ(choice.arguments, said.arguments) << one.name;
            EXPECT_EQ(choice.finish, finish_expected(said)) << one.name;
        }
    }
}

TEST(OpenaiChatRenderer, AWholeAnswerSaysWhatTheStreamSays) {
    for (const auto& one : test::all_cases()) {
        const auto stream = rebuild(one);
        const test::Json whole(render(Format::openai_chat, one, false));
        ASSERT_EQ(whole["choices"].size(), stream.size()) << one.name;
        for (const auto choice : whole["choices"]) {
            const auto& streamed = stream.at(*choice["index"].number<std::uint32_t>());
            const auto message = choice["message"];
            EXPECT_EQ(message["content"].string_or(""), streamed.text) << one.name;
            EXPECT_EQ(message["reasoning_content"].string_or(""), streamed.reasoning) << one.name;
            EXPECT_EQ(choice["finish_reason"].string_or(""), streamed.finish) << one.name;
            ASSERT_EQ(message["tool_calls"].size(), streamed.arguments.size()) << one.name;
            for (std::size_t at = 0; at < streamed.arguments.size(); ++at) {
                const auto arguments = message["tool_calls"][at]["function"]["arguments"].string_or("");
                EXPECT_EQ(test::trimmed(arguments), streamed.arguments[at]) << one.name;
            }
        }
    }
}

TEST(OpenaiChatRenderer, EveryPieceGoesOutAtOnce) {
    AnswerTraits traits;
    traits.stream = true;
    const auto renderer = make_renderer(Format::openai_chat, traits);
    capability::Event event;
    event.text = "a";
    std::string out;
    renderer->event(event, out);
    EXPECT_FALSE(out.empty());
    out.clear();
    event.text = "\xE2\x82";
    renderer->event(event, out);
    EXPECT_EQ(out, "");
    event.text = "\xAC";
    renderer->event(event, out);
    EXPECT_NE(out.find("\"\xE2\x82\xAC\""), std::string::npos);
}

}  // namespace
}  // namespace aihub::dialect
