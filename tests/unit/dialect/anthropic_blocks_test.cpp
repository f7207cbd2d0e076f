#include "dialect/anthropic_blocks.hpp"

#include <aihub/json_read.hpp>

#include <gtest/gtest.h>

#include <string>

namespace aihub::dialect {
namespace {

class AnthropicBlocks : public ::testing::Test {
protected:
    Result<std::vector<ChatBlock>> read(std::string_view text) {
        text_ = text;
        const auto document = sdk::JsonDocument::parse(text_);
        return anthropic_content(document->root(), place_.member("content"), builder_);
    }

    std::string text_;
    Place place_;
    ChatBuilder builder_{"\"anthropic.messages\""};
};

TEST_F(AnthropicBlocks, SignedThoughtsStayByteForByte) {
    const auto blocks =
        read(R"([{"type":"thinking","thinking":"","signature":"a\/b="},{"type":"redacted_thinking","data":"d"}])");
    ASSERT_TRUE(blocks);
    ASSERT_EQ(blocks->size(), 2U);
    EXPECT_EQ((*blocks)[0].text, "\"\"");
    EXPECT_EQ((*blocks)[0].signature, R"("a\/b=")");
    EXPECT_EQ((*blocks)[1].redacted, "\"d\"");
}

TEST_F(AnthropicBlocks, UnknownOnesAreKept) {
    const auto blocks = read(R"([{"type":"of_next_year", "x":1}])");
    ASSERT_TRUE(blocks);
    EXPECT_EQ(blocks->front().kind, BlockKind::provider);
    EXPECT_EQ(blocks->front().value, R"({"type":"of_next_year", "x":1})");
}

TEST_F(AnthropicBlocks, ErrorsNameThePlace) {
    EXPECT_EQ(
        read(R"([{"type":"text","text":"a"},{"type":"image","source":{"type":"url"}}])").error().param,
        "content[1].source.url"
    );
    EXPECT_EQ(read("1").error().param, "content");
}

}  // namespace
}  // namespace aihub::dialect
