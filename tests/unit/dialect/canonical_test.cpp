#include "dialect/canonical.hpp"

#include "support/request_cases.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace aihub::dialect {
namespace {

TEST(Canonical, IsMadeForEveryFormat) {
    EXPECT_EQ(
        test::canonical_text(Format::openai_chat, R"({"messages":[{"role":"user","content":"a\u0041"}]})"),
        R"({"messages":[{"role":"user","content":[{"type":"text","text":"a\u0041"}]}]})"
        "\n"
    );
    EXPECT_EQ(
        test::canonical_text(Format::gemini_embed, R"({"content":{"parts":[{"text":"a"}]}})"), "{\"input\":[\"a\"]}\n"
    );
}

TEST(Canonical, BodiesAreNotDeeperThanAPluginReads) {
    const std::string open(64, '[');
    const std::string close(64, ']');
    const auto form = canonical_form(Format::openai_chat, "{\"messages\":[],\"x\":" + open + close + "}");
    ASSERT_FALSE(form);
    EXPECT_EQ(form.error().code, Errc::invalid_request);
    EXPECT_EQ(
        form.error().message,
        "the request is nested too deeply to be translated for this provider: it may have 56 levels"
    );
}

TEST(Canonical, BodiesDoNotHaveMoreValuesThanAPluginReads) {
    std::string list = "1";
    for (int at = 0; at < 250'000; ++at) {
        list += ",1";
    }
    const auto form = canonical_form(Format::openai_chat, "{\"messages\":[],\"x\":[" + list + "]}");
    ASSERT_FALSE(form);
    EXPECT_EQ(form.error().code, Errc::invalid_request);
    EXPECT_EQ(
        form.error().message, "the request has too many values to be translated for this provider: it may have 250000"
    );
    const auto broken = canonical_form(Format::openai_chat, "{\"x\":[}");
    ASSERT_FALSE(broken);
    EXPECT_TRUE(broken.error().message.starts_with("not valid JSON: unexpected byte"));
}

TEST(Canonical, MembersThatNobodyKnowsAreNotMany) {
    const auto members = [](int count) {
        std::string text;
        for (int at = 0; at < count; ++at) {
            text += ",\"x" + std::to_string(at) + "\":1";
        }
        return text;
    };
    const std::string chat = R"({"messages":[{"role":"user","content":"q"}],"max_tokens":1)";
    EXPECT_TRUE(canonical_form(Format::openai_chat, chat + members(256) + "}"));
    EXPECT_TRUE(canonical_form(Format::openai_chat, chat + members(256) + ",\"seed\":1}"));
    const std::string contents = R"({"contents":[{"parts":[{"text":"q"}]}])";
    const auto half = [&](int count) {
        return contents + members(128) + ",\"generationConfig\":{\"seed\":1" + members(count) + "}}";
    };
    EXPECT_TRUE(canonical_form(Format::gemini_generate, half(128)));
    const std::string bodies[] = {chat + members(257) + "}", R"({"input":"q")" + members(60'000) + "}", half(129)};
    const Format formats[] = {Format::anthropic_messages, Format::openai_responses, Format::gemini_generate};
    for (std::size_t at = 0; at < 3; ++at) {
        const auto form = canonical_form(formats[at], bodies[at]);
        ASSERT_FALSE(form);
        EXPECT_EQ(form.error().code, Errc::invalid_request);
        EXPECT_EQ(
            form.error().message, "the request has more than 256 members that this format does not have; leave them out"
        );
    }
}

// The square of their number would be hours.
TEST(Canonical, ManyPiecesTakeTheTimeThatTheirBytesTake) {
    std::string messages = R"({"role":"user","content":"q"})";
    std::string parts = R"({"functionCall":{"name":"f"}})";
    std::string answers = R"({"functionResponse":{"name":"f","response":{}}})";
    for (int at = 0; at < 12'000; ++at) {
        messages += R"(,{"role":"user","content":"q"},{"role":"assistant","content":null},)";
        messages += R"({"role":"tool","tool_call_id":"c","content":"r"})";
        parts += R"(,{"functionCall":{"name":"f"}})";
        answers += R"(,{"functionResponse":{"name":"f","response":{}}})";
    }
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_TRUE(canonical_form(Format::openai_chat, "{\"messages\":[" + messages + "]}"));
    const std::string contents =
        R"({"contents":[{"role":"model","parts":[)" + parts + R"(]},{"parts":[)" + answers + "]}]}";
    EXPECT_TRUE(canonical_form(Format::gemini_generate, contents));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

}  // namespace
}  // namespace aihub::dialect
