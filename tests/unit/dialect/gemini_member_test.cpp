#include "dialect/gemini_member.hpp"

#include <aihub/json_read.hpp>

#include <gtest/gtest.h>

namespace aihub::dialect {
namespace {

TEST(GeminiMember, HasTwoSpellings) {
    const auto document = sdk::JsonDocument::parse(R"({"mime_type":1,"fileUri":2,"file_uri":3,"text":4})");
    ASSERT_TRUE(document);
    EXPECT_EQ(gemini_member(document->root(), "mimeType").raw(), "1");
    EXPECT_EQ(gemini_member(document->root(), "fileUri").raw(), "2");
    EXPECT_EQ(gemini_member(document->root(), "text").raw(), "4");
    EXPECT_FALSE(gemini_member(document->root(), "other"));
    EXPECT_FALSE(gemini_member(document->root()["text"], "other"));
}

TEST(GeminiMember, CamelCase) {
    EXPECT_EQ(camel_case("system_instruction"), "systemInstruction");
    EXPECT_EQ(camel_case("topP"), "topP");
    EXPECT_EQ(camel_case("_x_"), "_x_");
}

}  // namespace
}  // namespace aihub::dialect
