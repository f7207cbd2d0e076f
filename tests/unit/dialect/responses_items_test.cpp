#include "dialect/responses_items.hpp"

#include "support/request_cases.hpp"

#include <gtest/gtest.h>

#include <string>

namespace aihub::dialect {
namespace {

std::string read(const std::string& input) {
    return test::canonical_text(Format::openai_responses, "{\"input\":" + input + "}");
}

TEST(ResponsesItems, CallsOfOneAnswerAreOneMessage) {
    EXPECT_EQ(
        read(R"([{"type":"function_call","call_id":"1","name":"f","arguments":"{}"},)"
             R"({"type":"function_call","call_id":"2","name":"f","arguments":"{\"a\":1.0}"}])"),
        R"({"messages":[{"role":"assistant","content":[{"type":"tool_call","id":"1","name":"f","arguments":{}},)"
        R"({"type":"tool_call","id":"2","name":"f","arguments":{"a":1.0}}]}]})"
        "\n"
    );
}

TEST(ResponsesItems, ThoughtsWithoutWordsAreRedacted) {
    EXPECT_EQ(
        read(R"([{"type":"reasoning","summary":[],"encrypted_content":"e="},)"
             R"({"type":"reasoning","summary":[{"text":""}],"encrypted_content":"s="}])"),
        R"({"messages":[{"role":"assistant","content":[{"type":"reasoning","redacted":"e="},)"
        R"({"type":"reasoning","text":"","signature":"s="}]}]})"
        "\n"
    );
}

}  // namespace
}  // namespace aihub::dialect
