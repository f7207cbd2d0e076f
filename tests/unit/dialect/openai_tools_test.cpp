#include "dialect/openai_tools.hpp"

#include <aihub/json_read.hpp>

#include <gtest/gtest.h>

#include <string>

namespace aihub::dialect {
namespace {

class OpenaiTools : public ::testing::Test {
protected:
    JsonValue json(std::string_view text) {
        text_ = text;
        document_ = sdk::JsonDocument::parse(text_);
        return document_->root();
    }

    std::string text_;
    Result<sdk::JsonDocument> document_ = sdk::JsonDocument::parse("null");
    Place place_;
    ChatBuilder builder_{"\"x\""};
};

TEST_F(OpenaiTools, MayBeFlatOrNested) {
    const auto tools =
        json(R"([{"type":"function","function":{"name":"a","parameters":{"t": 1}}},{"type":"function","name":"b"}])");
    ASSERT_TRUE(read_openai_tools(tools, place_, builder_));
    ASSERT_EQ(builder_.request.tools.size(), 2U);
    EXPECT_EQ(builder_.request.tools[0].parameters, R"({"t": 1})");
    EXPECT_EQ(builder_.request.tools[1].name, "\"b\"");
}

TEST_F(OpenaiTools, ChoiceOfOne) {
    ASSERT_TRUE(read_openai_tool_choice(json(R"({"type":"function","name":"a"})"), place_, builder_));
    EXPECT_EQ(builder_.request.tool_choice.mode, sdk::ToolMode::tool);
    EXPECT_EQ(builder_.request.tool_choice.name, "\"a\"");
    EXPECT_FALSE(read_openai_tool_choice(json("\"maybe\""), place_, builder_));
}

TEST_F(OpenaiTools, ResponseFormatNeedsItsSchema) {
    sdk::ResponseFormat format;
    const auto done = read_openai_response_format(json(R"({"type":"json_schema","json_schema":{}})"), place_, format);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().param, "json_schema.schema");
}

TEST_F(OpenaiTools, StopIsAList) {
    ASSERT_TRUE(read_openai_stop(json(R"("a\n")"), place_, builder_));
    EXPECT_EQ(builder_.request.stop, R"(["a\n"])");
}

}  // namespace
}  // namespace aihub::dialect
