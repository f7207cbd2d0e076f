#include "dialect/count_tokens.hpp"

#include <gtest/gtest.h>

namespace aihub::dialect {
namespace {

using model::TokenizerFamily;

std::string counted(Format format, std::string_view body) {
    const auto tokens = count_tokens(format, body, TokenizerFamily::other);
    return tokens ? std::to_string(*tokens) : tokens.error().param + ": " + tokens.error().message;
}

TEST(CountTokens, ACountNeedsNoLimitOfTheAnswer) {
    constexpr std::string_view kChat = R"({"model":"m","messages":[{"role":"user","content":"one two three"}]})";
    const auto count = counted(Format::anthropic_messages, kChat);
    EXPECT_GT(std::stoi(count), 5);
    EXPECT_LT(std::stoi(count), 20);
    EXPECT_EQ(
        counted(
            Format::anthropic_messages,
            R"({"max_tokens":9,"model":"m","messages":[{"role":"user","content":"one two three"}]})"
        ),
        count
    );
}

TEST(CountTokens, ARequestMayStandInside) {
    constexpr std::string_view kPlain = R"({"contents":[{"parts":[{"text":"one two three"}]}]})";
    const auto count = counted(Format::gemini_generate, kPlain);
    EXPECT_GT(std::stoi(count), 5);
    EXPECT_EQ(counted(Format::gemini_generate, R"({"generateContentRequest":)" + std::string(kPlain) + "}"), count);
}

TEST(CountTokens, WhatIsWrongIsSaid) {
    EXPECT_EQ(counted(Format::anthropic_messages, "{}").substr(0, 10), "max_tokens");
    EXPECT_EQ(counted(Format::anthropic_messages, R"({"model":"m"})").substr(0, 9), "messages:");
    EXPECT_NE(counted(Format::gemini_generate, "[").find("not valid JSON"), std::string::npos);
    const std::string deep = "{\"x\":" + std::string(60, '[') + std::string(60, ']') + "}";
    for (const auto format : {Format::gemini_generate, Format::anthropic_messages}) {
        EXPECT_NE(counted(format, deep).find("nested too deeply to be translated"), std::string::npos);
    }
}

TEST(CountTokens, TheAnswerIsThatOfTheDialect) {
    EXPECT_EQ(count_answer(Dialect::anthropic, 7), R"({"input_tokens":7})");
    EXPECT_EQ(count_answer(Dialect::gemini, 7), R"({"totalTokens":7})");
}

}  // namespace
}  // namespace aihub::dialect
