#include "answer_fixture.hpp"

namespace aihub::dialect {
namespace {

// A block as a client holds it at its end.
struct Block {
    std::string type;
    std::string text;  // words, thoughts, sealed data, or the arguments
    std::string signature;
    std::size_t citations = 0;
    friend bool operator==(const Block&, const Block&) = default;
};

std::ostream& operator<<(std::ostream& out, const Block& block) {
    return out << block.type << "(" << block.text << ", " << block.signature << ", " << block.citations << ")";
}

void take_delta(const sdk::JsonValue& delta, Block& block) {
    const auto type = delta["type"].string_or("");
    if (type == "citations_delta") {
        EXPECT_EQ(block.type, "text");
        ++block.citations;
        return;
    }
    if (type == "signature_delta") {
        EXPECT_EQ(block.type, "thinking");
        EXPECT_TRUE(block.signature.empty());
        block.signature = delta["signature"].string_or("");
        return;
    }
    const std::map<std::string, std::pair<std::string, std::string>> kinds{
        {"text_delta", {"text", "text"}},
        {"thinking_delta", {"thinking", "thinking"}},
        {"input_json_delta", {"tool_use", "partial_json"}}};
    ASSERT_TRUE(kinds.contains(type)) << type;
    EXPECT_EQ(block.type, kinds.at(type).first);
    block.text += delta[kinds.at(type).second].string_or("");
}

// Reads a stream as strictly as the format is defined; the blocks that it makes.
std::vector<Block> read_stream(const std::vector<test::StreamEvent>& events) {
    std::vector<Block> blocks;
    bool open = false;
    std::string before = "";
    for (const auto& event : events) {
        const test::Json data(event.data);
        EXPECT_EQ(data["type"].string_or(""), event.name);
        EXPECT_EQ(before.empty(), event.name == "message_start");
        EXPECT_EQ(before == "message_delta", event.name == "message_stop");
        EXPECT_NE(before, "message_stop");
        if (event.name == "content_block_start") {
            EXPECT_FALSE(open);
            open = true;
            EXPECT_EQ(data["index"].number<std::size_t>(), blocks.size());
            auto& block = blocks.emplace_back();
            block.type = data["content_block"]["type"].string_or("");
            block.text =
                data["content_block"]["data"].string_or("") + data["content_block"]["source"]["data"].string_or("");
        } else if (event.name == "content_block_delta" || event.name == "content_block_stop") {
            EXPECT_TRUE(open);
            EXPECT_EQ(data["index"].number<std::size_t>(), blocks.size() - 1);
            if (event.name == "content_block_stop") {
                open = false;
            } else if (open) {
                take_delta(data["delta"], blocks.back());
            }
        } else {
            EXPECT_FALSE(open);
        }
        before = event.name;
    }
    EXPECT_EQ(before, "message_stop");
    return blocks;
}

std::vector<Block> read_whole(const sdk::JsonValue& content) {
    std::vector<Block> blocks;
    for (const auto one : content) {
        auto& block = blocks.emplace_back();
        block.type = one["type"].string_or("");
        block.text = one["text"].string_or("") + one["thinking"].string_or("") + one["data"].string_or("") +
                     one["source"]["data"].string_or("") + std::string(one["input"].raw());
        block.signature = one["signature"].string_or("");
        block.citations = one["citations"].size();
    }
    return blocks;
}

TEST(AnthropicRenderer, GivesTheBytesOfTheCases) {
    test::expect_goldens(Format::anthropic_messages, "anthropic.messages");
}

TEST(AnthropicRenderer, BlocksFollowTheGrammarAndAreThoseOfTheWholeAnswer) {
    for (const auto& one : test::all_cases()) {
        SCOPED_TRACE(one.name);
        const auto events = test::events_of(render(Format::anthropic_messages, one, true));
        auto streamed = read_stream(events);
        const test::Json whole(render(Format::anthropic_messages, one, false));
        if (one.name != "tool_cut_off") {  // half an object cannot stand in a whole answer
            for (auto& block : streamed) {
                block.text = block.type == "tool_use" ? test::trimmed(block.text) : block.text;
            }
            EXPECT_EQ(streamed, read_whole(whole["content"]));
        }
        const test::Json end(events[events.size() - 2].data);
        EXPECT_EQ(end["delta"]["stop_reason"].raw(), whole["stop_reason"].raw());
        EXPECT_EQ(end["usage"].raw(), whole["usage"].raw());
    }
}

TEST(AnthropicRenderer, SaysWhatTheEventsSay) {
    for (const auto& one : test::all_cases()) {
        if (one.name == "split_utf8") {
            continue;  // It holds what is no text.
        }
        std::string text;
        std::string thoughts;
        std::vector<std::string> arguments;
        for (const auto& block : read_stream(test::events_of(render(Format::anthropic_messages, one, true)))) {
            text += block.type == "text" ? block.text : "";
            thoughts += block.type == "thinking" ? block.text : "";
            if (block.type == "tool_use") {
                arguments.push_back(test::trimmed(block.text));
            }
        }
        const auto said = test::said(one, 0);
        EXPECT_EQ(text, said.text + said.refusal) << one.name;
        EXPECT_EQ(thoughts, said.reasoning) << one.name;
        ASSERT_EQ(arguments.size(), said.arguments.size()) << one.name;
        for (std::size_t at = 0; at < arguments.size(); ++at) {
            EXPECT_EQ(arguments[at], said.arguments[at]) << one.name;
        }
        const test::Json whole(render(Format::anthropic_messages, one, false));
        EXPECT_EQ(whole["stop_reason"].string_or("") == "tool_use", said.ends_with_tools()) << one.name;
    }
}

TEST(AnthropicRenderer, ACallIsWrittenAsItComesWhenNothingIsMixed) {
    AnswerTraits traits;
    traits.stream = true;
    const auto renderer = make_renderer(Format::anthropic_messages, traits);
    std::string out;
    const auto give = [&](capability::EventKind kind, std::uint32_t block, std::string_view text) {
        capability::Event event;
        event.kind = kind;
        event.block = block;
        event.text = text;
        out.clear();
        renderer->event(event, out);
        return out;
    };
    give(capability::EventKind::tool_begin, 0, "f");
    EXPECT_NE(give(capability::EventKind::tool_args, 0, "{\"a\":").find("input_json_delta"), std::string::npos);
    EXPECT_EQ(give(capability::EventKind::tool_begin, 1, "g"), "");  // the first may go on
    EXPECT_NE(give(capability::EventKind::tool_args, 0, "1}").find("content_block_stop"), std::string::npos);
    const auto second = give(capability::EventKind::tool_args, 1, "{");
    EXPECT_NE(second.find("\"name\":\"g\""), std::string::npos);
    EXPECT_NE(second.find("input_json_delta"), std::string::npos);
}

TEST(AnthropicRenderer, ArgumentsThatAreNoObjectBecomeOneInAStreamToo) {
    const auto streamed = [](const std::vector<std::string>& pieces, bool followed, const std::string& expected) {
        test::AnswerCase one;
        one.events.push_back({capability::EventKind::tool_begin, 0, 0, "a", "f"});
        for (const auto& piece : pieces) {
            one.events.push_back({capability::EventKind::tool_args, 0, 0, "", piece});
        }
        if (followed) {
            one.events.push_back({capability::EventKind::text, 0, 0, "", "words"});
        }
        const auto blocks = read_stream(test::events_of(render(Format::anthropic_messages, one, true)));
        EXPECT_EQ(test::trimmed(blocks.at(0).text), expected);
        EXPECT_EQ(blocks.size(), followed ? 2U : 1U);
        const test::Json whole(render(Format::anthropic_messages, one, false));
        EXPECT_EQ(read_whole(whole["content"]).at(0).text, expected);
    };
    for (const bool followed : {false, true}) {
        streamed({"[1,", "2]"}, followed, R"({"_raw":"[1,2]"})");
        streamed({" ", "ls", " {a} ", "-l"}, followed, R"({"_raw":"ls {a} -l"})");
        streamed({"\"te", "xt\""}, followed, R"({"_raw":"\"text\""})");
        streamed({"null"}, followed, R"({"_raw":"null"})");
        streamed({" ", "{\"a\":", "1}"}, followed, R"({"a":1})");
    }
}

}  // namespace
}  // namespace aihub::dialect
