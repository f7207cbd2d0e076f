#include "dialect/openai_chat_parts.hpp"

#include <gtest/gtest.h>

namespace aihub::dialect {
namespace {

std::string written(const model::Usage& usage) {
    std::string out;
    append_chat_usage(out, usage);
    return out;
}

TEST(OpenaiChatParts, UsageHasTheDetailsThatAreKnown) {
    model::Usage usage;
    EXPECT_EQ(written(usage), R"({"prompt_tokens":0,"completion_tokens":0,"total_tokens":0})");
    usage.input = 10;
    usage.output = 5;
    usage.cache_read = 8;
    usage.reasoning = 2;
    EXPECT_EQ(
        written(usage),
        R"({"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":8},)"
        R"("completion_tokens_details":{"reasoning_tokens":2}})"
    );
    usage.cache_write = 1;
    EXPECT_NE(written(usage).find(R"({"cached_tokens":8,"cache_creation_tokens":1})"), std::string::npos);
}

TEST(OpenaiChatParts, ACallHasAnId) {
    AnswerTraits traits;
    traits.id = "1a";
    AnswerPart part;
    part.number = 2;
    EXPECT_EQ(call_id(traits, part), "call_1a_2");
    part.id = "given";
    EXPECT_EQ(call_id(traits, part), "given");
}

}  // namespace
}  // namespace aihub::dialect
