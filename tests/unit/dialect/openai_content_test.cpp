#include "dialect/openai_content.hpp"

#include <aihub/json_read.hpp>

#include <gtest/gtest.h>

#include <string>

namespace aihub::dialect {
namespace {

class OpenaiContent : public ::testing::Test {
protected:
    Result<std::vector<ChatBlock>> read(std::string_view text, UnknownParts unknown) {
        text_ = text;
        const auto document = sdk::JsonDocument::parse(text_);
        return openai_content(document->root(), place_.member("content"), builder_, unknown);
    }

    std::string text_;
    Place place_;
    ChatBuilder builder_{"\"x\""};
};

TEST_F(OpenaiContent, OfNoneIsEmpty) {
    for (const char* const none : {"null", "\"\"", "[]", R"([{"type":"text","text":""}])"}) {
        EXPECT_TRUE(read(none, UnknownParts::refused)->empty()) << none;
    }
}

TEST_F(OpenaiContent, MayHaveEitherSpelling) {
    const auto blocks = read(
        R"([{"type":"input_text","text":"a"},{"type":"image_url","image_url":{"url":"u","detail":"low"}},)"
        R"({"type":"input_image","image_url":"u","detail":"low"},{"type":"input_file","file_id":"f"}])",
        UnknownParts::refused
    );
    ASSERT_TRUE(blocks);
    ASSERT_EQ(blocks->size(), 4U);
    for (const std::size_t at : {1U, 2U}) {
        EXPECT_EQ((*blocks)[at].url, "\"u\"");
        EXPECT_EQ((*blocks)[at].detail, "\"low\"");
    }
    EXPECT_EQ((*blocks)[3].file_id, "\"f\"");
}

TEST_F(OpenaiContent, UnknownPartsAreRefusedOrKept) {
    const auto refused = read(R"(["x"])", UnknownParts::refused);
    EXPECT_EQ(refused.error().param, "content[0]");
    EXPECT_EQ(read(R"([{"type":"new"}])", UnknownParts::refused).error().param, "content[0].type");
    EXPECT_EQ(read(R"([{"type":"new"}])", UnknownParts::foreign)->front().value, R"({"type":"new"})");
}

}  // namespace
}  // namespace aihub::dialect
