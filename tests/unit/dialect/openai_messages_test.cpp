#include "dialect/openai_messages.hpp"

#include "support/request_cases.hpp"

#include <gtest/gtest.h>

#include <string>

namespace aihub::dialect {
namespace {

std::string read(const std::string& messages) {
    return test::canonical_text(Format::openai_chat, "{\"messages\":" + messages + "}");
}

TEST(OpenaiMessages, ParallelResultsAreInOneMessageInFrontOfTheRest) {
    EXPECT_EQ(
        read(R"([{"role":"user","content":"q"},{"role":"tool","tool_call_id":"1","content":"a"},)"
             R"({"role":"tool","tool_call_id":"2","content":"b"}])"),
        R"({"messages":[{"role":"user","content":[{"type":"tool_result","id":"1","content":[{"type":"text","text":"a"}]},)"
        R"({"type":"tool_result","id":"2","content":[{"type":"text","text":"b"}]},{"type":"text","text":"q"}]}]})"
        "\n"
    );
}

TEST(OpenaiMessages, ThoughtsComeFirstWithTheirSignatures) {
    EXPECT_EQ(
        read(
            R"([{"role":"assistant","content":"a","thinking_blocks":[{"type":"thinking","thinking":"","signature":"s="}]}])"
        ),
        R"({"messages":[{"role":"assistant","content":[{"type":"reasoning","text":"","signature":"s="},)"
        R"({"type":"text","text":"a"}]}]})"
        "\n"
    );
}

}  // namespace
}  // namespace aihub::dialect
