#include "dialect/format.hpp"

#include <gtest/gtest.h>

namespace aihub::dialect {
namespace {

TEST(Format, IsKnownByItsName) {
    EXPECT_EQ(format_of("openai.chat"), Format::openai_chat);
    EXPECT_EQ(format_of("gemini.batch_embed"), Format::gemini_batch_embed);
    EXPECT_EQ(format_of("openai.files"), std::nullopt);
}

TEST(Format, MayBeCounted) {
    EXPECT_EQ(counted_by("anthropic.count_tokens"), Format::anthropic_messages);
    EXPECT_EQ(counted_by("gemini.count_tokens"), Format::gemini_generate);
    EXPECT_EQ(counted_by("anthropic.messages"), std::nullopt);
    EXPECT_TRUE(names_input_first(Format::anthropic_messages));
    EXPECT_FALSE(names_input_first(Format::openai_chat));
}

TEST(Format, SomeSdksStumbleOverComments) {
    EXPECT_TRUE(skips_comments(Format::openai_responses));
    EXPECT_FALSE(skips_comments(Format::gemini_generate));
}

TEST(Format, HasACanonicalForm) {
    EXPECT_EQ(canonical_of(Format::anthropic_messages), "aihub.chat");
    EXPECT_EQ(canonical_of(Format::openai_embeddings), "aihub.embeddings");
}

}  // namespace
}  // namespace aihub::dialect
