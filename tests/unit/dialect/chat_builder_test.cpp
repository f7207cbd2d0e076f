#include "dialect/chat_builder.hpp"

#include <aihub/chat_write.hpp>

#include <gtest/gtest.h>

#include <string>

namespace aihub::dialect {
namespace {

ChatBlock result(JsonText id) {
    ChatBlock block;
    block.kind = BlockKind::tool_result;
    block.id = id;
    return block;
}

TEST(ChatBuilder, MakesNeighboursOneMessageWithResultsFirst) {
    ChatBuilder builder("\"x\"");
    builder.begin(ChatRole::user);
    builder.add(text_block(BlockKind::text, "\"a\""));
    builder.begin(ChatRole::assistant);  // says nothing
    builder.begin(ChatRole::user);
    builder.add(result("\"1\""));
    builder.add(text_block(BlockKind::text, "\"b\""));
    builder.begin(ChatRole::user);
    builder.add(result("\"2\""));
    EXPECT_EQ(
        sdk::write_chat(builder.finish()),
        R"({"messages":[{"role":"user","content":[{"type":"tool_result","id":"1"},{"type":"tool_result","id":"2"},)"
        R"({"type":"text","text":"a"},{"type":"text","text":"b"}]}]})"
    );
}

TEST(ChatBuilder, LeavesEmptyTextsOutButForSignedOnes) {
    ChatBuilder builder("\"x\"");
    builder.instruct(text_block(BlockKind::text, "\"\""));
    builder.begin(ChatRole::assistant);
    builder.add(text_block(BlockKind::text, "\"\""));
    builder.add(text_block(BlockKind::refusal, {}));
    ChatBlock thought = text_block(BlockKind::reasoning, "\"\"");
    thought.signature = "\"s\"";
    builder.add(thought);
    const auto& request = builder.finish();
    EXPECT_TRUE(request.instructions.empty());
    ASSERT_EQ(request.messages.size(), 1U);
    ASSERT_EQ(request.messages[0].content.size(), 1U);
    EXPECT_EQ(request.messages[0].content[0].signature, "\"s\"");
}

TEST(ChatBuilder, KeepsANameThatAllOfAMessageHave) {
    ChatBuilder builder("\"x\"");
    for (const JsonText name : {"\"bob\"", "\"bob\""}) {
        builder.begin(ChatRole::user, name);
        builder.add(text_block(BlockKind::text, "\"a\""));
    }
    EXPECT_EQ(builder.request.messages[0].name, "\"bob\"");
    builder.begin(ChatRole::user, "\"ann\"");
    builder.add(text_block(BlockKind::text, "\"a\""));
    EXPECT_EQ(builder.finish().messages[0].name, "");
}

TEST(ChatBuilder, SaysOfWhichFormatSomethingIs) {
    ChatBuilder builder("\"x.y\"");
    builder.add_foreign_tool("\"t\"", "{\"a\":1}");
    builder.add_foreign_field("config.\"q\"", "[1]");
    builder.begin(ChatRole::user);
    builder.add(builder.foreign("{\"b\":2}"));
    EXPECT_EQ(
        sdk::write_chat(builder.finish()),
        R"({"messages":[{"role":"user","content":[{"type":"provider","origin":"x.y","value":{"b":2}}]}],)"
        R"("tools":[{"name":"t","origin":"x.y","value":{"a":1}}],)"
        R"("provider_fields":[{"origin":"x.y","name":"config.\"q\"","value":[1]}]})"
    );
}

TEST(ChatBuilder, MadeIdsDiffer) {
    ChatBuilder builder("\"x\"");
    const std::string first(builder.made_id());
    EXPECT_EQ(first, "\"call_made_0\"");
    EXPECT_NE(first, builder.made_id());
}

}  // namespace
}  // namespace aihub::dialect
