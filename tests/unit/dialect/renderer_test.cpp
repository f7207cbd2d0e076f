#include "dialect/renderer.hpp"

#include <aihub/text.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace aihub::dialect {
namespace {

using capability::EventKind;

class Held {
public:
    Held(Format format, bool stream) {
        AnswerTraits traits;
        traits.stream = stream;
        renderer_ = make_renderer(format, traits);
    }
    std::size_t after(EventKind kind, std::uint32_t block, std::string_view text, std::string_view extra = {}) {
        capability::Event event;
        event.kind = kind;
        event.block = block;
        event.text = text;
        event.extra = extra;
        renderer_->event(event, out_);
        return renderer_->held();
    }

private:
    std::unique_ptr<Renderer> renderer_;
    std::string out_;
};

constexpr Format kChats[] = {
    Format::openai_chat, Format::openai_responses, Format::anthropic_messages, Format::gemini_generate};
// More than what is kept of a part beside its bytes.
constexpr std::size_t kLittle = 2048;
constexpr std::size_t kMuch = 100'000;

TEST(Renderer, EachFormatHasItsOwn) {
    const std::vector<std::pair<Format, std::string_view>> cases{
        {Format::openai_chat, R"({"id":"chatcmpl-1",)"},
        {Format::openai_responses, R"({"id":"resp_1",)"},
        {Format::anthropic_messages, R"({"id":"msg_1",)"},
        {Format::gemini_generate, R"({"candidates":)"},
        {Format::openai_embeddings, R"({"object":"list","data":[])"},
        {Format::gemini_embed, R"({"embedding":)"},
        {Format::gemini_batch_embed, R"({"embeddings":[]})"},
    };
    for (const auto& [format, beginning] : cases) {
        AnswerTraits traits;
        traits.id = "1";
        std::string out;
        make_renderer(format, traits)->finish({}, out);
        EXPECT_TRUE(out.starts_with(beginning)) << out;
    }
}

TEST(Renderer, TextIsHeldUntilItIsNotNeededAnyMore) {
    const std::string words(kMuch, 'w');
    for (const auto format : kChats) {
        Held whole(format, false);
        EXPECT_GE(whole.after(EventKind::text, 0, words), kMuch);
        EXPECT_GE(whole.after(EventKind::text, 0, words), 2 * kMuch);
        Held stream(format, true);
        const bool repeated = format == Format::openai_responses;  // its last event has the whole answer
        EXPECT_EQ(stream.after(EventKind::text, 0, words) > kMuch, repeated);
        EXPECT_EQ(stream.after(EventKind::text, 0, words) > 2 * kMuch, repeated);
        EXPECT_LT(stream.after(EventKind::text, 0, words), 3 * kMuch + kLittle);
    }
}

TEST(Renderer, ACallThatWaitsForAnotherIsHeld) {
    const std::string half = "{\"a\":\"" + std::string(kMuch, 'a');
    for (const auto format : {Format::openai_responses, Format::anthropic_messages, Format::gemini_generate}) {
        Held stream(format, true);
        stream.after(EventKind::tool_begin, 0, "f", "one");
        stream.after(EventKind::tool_args, 0, "{");
        stream.after(EventKind::tool_begin, 1, "g", "two");
        EXPECT_GT(stream.after(EventKind::tool_args, 1, half), kMuch);
        stream.after(EventKind::tool_args, 1, "\"}");
        const auto end = stream.after(EventKind::tool_args, 0, "}");
        const auto next = stream.after(EventKind::text, 0, "t");
        EXPECT_EQ(end > kMuch, format != Format::anthropic_messages);
        EXPECT_EQ(next > kMuch, format == Format::openai_responses);
    }
    Held chat(Format::openai_chat, true);
    chat.after(EventKind::tool_begin, 0, "f", "one");
    chat.after(EventKind::tool_begin, 1, "g", "two");
    EXPECT_LT(chat.after(EventKind::tool_args, 1, half), kLittle);
}

TEST(Renderer, WhatStandsBesideTheTextIsHeldWhereItIsWrittenLater) {
    const std::string source = "{\"url\":\"" + std::string(kMuch, 'u') + "\"}";
    const std::string odds = "[{\"token\":\"" + std::string(kMuch, 't') + "\"}]";
    for (const auto format : kChats) {
        Held citations(format, true);
        citations.after(EventKind::text, 0, "words");
        const bool at_end = format == Format::openai_responses || format == Format::gemini_generate;
        EXPECT_EQ(citations.after(EventKind::citation, 0, source) > kMuch, at_end);
        Held logprobs(format, true);
        EXPECT_EQ(logprobs.after(EventKind::logprobs, 0, odds) > kMuch, format != Format::anthropic_messages);
        EXPECT_EQ(logprobs.after(EventKind::text, 0, "words") > kMuch, at_end);
    }
}

TEST(Renderer, PartsWithoutTextAreHeldToo) {
    for (const auto format : kChats) {
        for (const bool stream : {false, true}) {
            Held held(format, stream);
            std::size_t bytes = 0;
            for (std::uint32_t block = 0; block < 1000; ++block) {
                bytes = held.after(EventKind::tool_begin, block, "f", std::to_string(block));
            }
            EXPECT_GT(bytes, kMuch);
        }
    }
}

TEST(Renderer, ForeignJsonThatIsNoUtf8IsMended) {
    const std::string source = "{\"url\":\"u\xFF\",\"title\":\"\xC3\",\"cited_text\":\"\xE2\x82\"}";
    const std::string odds = "[{\"token\":\"\xF0\x9F\",\"logprob\":-1}]";
    for (const auto format : kChats) {
        for (const bool stream : {false, true}) {
            AnswerTraits traits;
            traits.stream = stream;
            const auto renderer = make_renderer(format, traits);
            std::string out;
            const auto give = [&](EventKind kind, std::string_view text) {
                capability::Event event;
                event.kind = kind;
                event.text = text;
                renderer->event(event, out);
            };
            give(EventKind::logprobs, odds);
            give(EventKind::text, "words");
            give(EventKind::citation, source);
            renderer->finish({}, out);
            for (std::string_view rest = out; !rest.empty(); rest.remove_prefix(sdk::utf8_length(rest))) {
                ASSERT_GT(sdk::utf8_length(rest), 0U) << out;
            }
            EXPECT_NE(out.find("u\xEF\xBF\xBD"), std::string::npos) << out;
        }
    }
}

TEST(Renderer, AnyRequestIdMakesIdsThatCanBeSentBack) {
    for (const auto& id : {std::string("My.Request_1-x"), std::string(128, 'R')}) {
        for (const auto format : {Format::openai_chat, Format::openai_responses, Format::anthropic_messages}) {
            for (const bool stream : {false, true}) {
                AnswerTraits traits;
                traits.id = id;
                traits.stream = stream;
                const auto renderer = make_renderer(format, traits);
                capability::Event event;
                event.kind = EventKind::tool_begin;
                event.text = "f";
                std::string out;
                renderer->event(event, out);
                renderer->finish({}, out);
                EXPECT_NE(out.find(id), std::string::npos);  // of the answer
                const std::string_view prefix = format == Format::anthropic_messages ? "\"toolu_" : "\"call_";
                auto call = out.find(prefix);
                if (out.compare(call, 10, "\"call_id\":") == 0) {
                    call = out.find(prefix, call + 1);
                }
                ASSERT_NE(call, std::string::npos) << out;
                const auto made = out.substr(call + 1, out.find('"', call + 1) - call - 1);
                EXPECT_LE(made.size(), 40U) << made;
                EXPECT_EQ(made.find('.'), std::string::npos) << made;
            }
        }
    }
}

TEST(Renderer, VectorsAreHeldToTheEnd) {
    const std::string vector(kMuch, 'v');
    for (const auto format : {Format::openai_embeddings, Format::gemini_embed, Format::gemini_batch_embed}) {
        Held held(format, false);
        EXPECT_EQ(held.after(EventKind::embedding, 0, vector), kMuch);
        EXPECT_EQ(held.after(EventKind::embedding, 0, "1234"), 4U);  // the same vector, again
    }
}

}  // namespace
}  // namespace aihub::dialect
