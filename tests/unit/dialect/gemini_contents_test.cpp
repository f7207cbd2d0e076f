#include "dialect/gemini_contents.hpp"

#include "support/request_cases.hpp"

#include <gtest/gtest.h>

#include <string>

namespace aihub::dialect {
namespace {

std::string read(const std::string& contents) {
    return test::canonical_text(Format::gemini_generate, "{\"contents\":" + contents + "}");
}

TEST(GeminiContents, AnswersAreMatchedByName) {
    EXPECT_EQ(
        read(R"([{"role":"model","parts":[{"functionCall":{"name":"f"}},{"functionCall":{"name":"f"}}]},)"
             R"({"role":"user","parts":[{"functionResponse":{"name":"f","response":{"output":"a"}}},)"
             R"({"functionResponse":{"name":"f","response":{"error":"b"}}}]}])"),
        R"({"messages":[{"role":"assistant","content":[)"
        R"({"type":"tool_call","id":"call_made_0","name":"f","arguments":{}},)"
        R"({"type":"tool_call","id":"call_made_1","name":"f","arguments":{}}]},{"role":"user","content":[)"
        R"({"type":"tool_result","id":"call_made_0","name":"f","content":[{"type":"text","text":"a"}]},)"
        R"({"type":"tool_result","id":"call_made_1","name":"f","content":[{"type":"text","text":"b"}],"is_error":true}]}]})"
        "\n"
    );
}

TEST(GeminiContents, ASignatureMayComeAlone) {
    EXPECT_EQ(
        read(R"([{"role":"model","parts":[{"text":"a"},{"text":"","thought_signature":"s="}]}])"),
        R"({"messages":[{"role":"assistant","content":[{"type":"text","text":"a"},)"
        R"({"type":"text","text":"","signature":"s="}]}]})"
        "\n"
    );
}

}  // namespace
}  // namespace aihub::dialect
