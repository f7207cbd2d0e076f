#include "dialect/gemini_parts.hpp"

#include <gtest/gtest.h>

namespace aihub::dialect {
namespace {

std::string written(const model::Usage& usage) {
    std::string out;
    append_gemini_usage(out, usage);
    return out;
}

TEST(GeminiParts, ThoughtsAreCountedApart) {
    model::Usage usage;
    EXPECT_EQ(written(usage), "");
    usage.input = 10;
    usage.output = 9;
    usage.reasoning = 4;
    usage.cache_read = 3;
    EXPECT_EQ(
        written(usage),
        R"(,"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":5,"thoughtsTokenCount":4,)"
        R"("cachedContentTokenCount":3,"totalTokenCount":19})"
    );
    usage.reasoning = 90;  // more than there is: nothing wraps around
    EXPECT_NE(written(usage).find(R"("candidatesTokenCount":0,"thoughtsTokenCount":9)"), std::string::npos);
}

TEST(GeminiParts, ReasoningOfAnotherProviderHasNoPlace) {
    AnswerPart part;
    EXPECT_TRUE(is_gemini_part(part));
    part.kind = PartKind::redacted;
    EXPECT_FALSE(is_gemini_part(part));
}

}  // namespace
}  // namespace aihub::dialect
