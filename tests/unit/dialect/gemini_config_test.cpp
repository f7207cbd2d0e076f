#include "dialect/gemini_config.hpp"

#include <aihub/json_read.hpp>

#include <gtest/gtest.h>

#include <string>

namespace aihub::dialect {
namespace {

class GeminiConfig : public ::testing::Test {
protected:
    Result<void> read(std::string_view text) {
        text_ = text;
        const auto document = sdk::JsonDocument::parse(text_);
        return read_gemini_config(document->root(), place_.member("generationConfig"), builder_);
    }

    std::string text_;
    Place place_;
    ChatBuilder builder_{"\"gemini.generate\""};
};

TEST_F(GeminiConfig, BudgetsSwitchThinking) {
    EXPECT_FALSE(read(R"({"thinkingConfig":{"thinkingBudget":1.5}})"));
    ASSERT_TRUE(read(R"({"thinkingConfig":{"thinkingBudget":0}})"));
    EXPECT_EQ(builder_.request.reasoning.mode, sdk::ReasoningMode::off);
    ASSERT_TRUE(read(R"({"thinking_config":{"thinking_budget":-1}})"));
    EXPECT_EQ(builder_.request.reasoning.mode, sdk::ReasoningMode::adaptive);
    ASSERT_TRUE(read(R"({"thinkingConfig":{"thinkingBudget":512,"thinkingLevel":"LOW"}})"));
    EXPECT_EQ(builder_.request.reasoning.mode, sdk::ReasoningMode::on);
    EXPECT_EQ(builder_.request.reasoning.budget_tokens, "512");
    EXPECT_EQ(builder_.request.reasoning.effort, "\"low\"");
}

TEST_F(GeminiConfig, UnknownMembersKeepTheirPath) {
    ASSERT_TRUE(read(R"({"media_resolution":"X","topP":0.10})"));
    EXPECT_EQ(builder_.request.top_p, "0.10");
    ASSERT_EQ(builder_.request.provider_fields.size(), 1U);
    EXPECT_EQ(builder_.request.provider_fields[0].name, "\"generationConfig.mediaResolution\"");
}

TEST_F(GeminiConfig, ErrorsNameThePlace) {
    EXPECT_EQ(read(R"({"topP":"x"})").error().param, "generationConfig.topP");
    EXPECT_EQ(read(R"({"max_output_tokens":0})").error().param, "generationConfig.maxOutputTokens");
}

}  // namespace
}  // namespace aihub::dialect
