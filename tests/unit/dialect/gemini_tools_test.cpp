#include "dialect/gemini_tools.hpp"

#include <aihub/json_read.hpp>

#include <gtest/gtest.h>

#include <string>

namespace aihub::dialect {
namespace {

class GeminiTools : public ::testing::Test {
protected:
    JsonValue json(std::string_view text) {
        text_ = text;
        document_ = sdk::JsonDocument::parse(text_);
        return document_->root();
    }

    std::string text_;
    Result<sdk::JsonDocument> document_ = sdk::JsonDocument::parse("null");
    Place place_;
    ChatBuilder builder_{"\"gemini.generate\""};
};

TEST_F(GeminiTools, AreFunctionsAndTheFormatsOwn) {
    const auto tools =
        json(R"([{"function_declarations":[{"name":"f","parameters":{"type":"OBJECT"}}]},{"google_search":{"a": 1}}])");
    ASSERT_TRUE(read_gemini_tools(tools, place_, builder_));
    ASSERT_EQ(builder_.request.tools.size(), 2U);
    EXPECT_EQ(builder_.request.tools[0].parameters, R"({"type":"object"})");
    EXPECT_EQ(builder_.request.tools[1].value, R"({"googleSearch":{"a": 1}})");
}

TEST_F(GeminiTools, OneThatIsAllowedIsTheChoice) {
    ASSERT_TRUE(read_gemini_tool_config(
        json(R"({"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}})"), place_, builder_
    ));
    EXPECT_EQ(builder_.request.tool_choice.mode, sdk::ToolMode::tool);
    EXPECT_EQ(builder_.request.tool_choice.name, "\"f\"");
    const auto wrong = read_gemini_tool_config(json(R"({"functionCallingConfig":{"mode":"X"}})"), place_, builder_);
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().param, "functionCallingConfig.mode");
}

}  // namespace
}  // namespace aihub::dialect
