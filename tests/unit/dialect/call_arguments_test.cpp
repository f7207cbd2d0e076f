#include "dialect/call_arguments.hpp"

#include <aihub/json_read.hpp>

#include <gtest/gtest.h>

#include <string>

namespace aihub::dialect {
namespace {

// Of {"arguments": <json>}.
std::string arguments_of(const std::string& json) {
    const std::string text = "{\"arguments\":" + json + "}";
    const auto document = sdk::JsonDocument::parse(text);
    ChatBuilder builder("\"x\"");
    return document ? std::string(call_arguments(document->root()["arguments"], builder)) : "no test";
}

TEST(CallArguments, AreTheObjectOfTheText) {
    EXPECT_EQ(
        arguments_of(R"("{\"big\": 12345678901234567890123,\"e\":1.10e+2}")"),
        R"({"big": 12345678901234567890123,"e":1.10e+2})"
    );
    EXPECT_EQ(arguments_of(R"(" {\"a\":\"\\ud83d\\ude00\"} \n")"), R"({"a":"\ud83d\ude00"})");
    EXPECT_EQ(arguments_of(R"({"a" : 1.0})"), R"({"a" : 1.0})");
}

TEST(CallArguments, OfNothingAreEmpty) {
    for (const char* const none : {"null", "\"\"", R"(" \n")"}) {
        EXPECT_EQ(arguments_of(none), "{}") << none;
    }
}

TEST(CallArguments, ThatAreNoObjectAreNotLost) {
    EXPECT_EQ(arguments_of(R"("{\"a\": tr")"), R"({"_raw":"{\"a\": tr"})");
    EXPECT_EQ(arguments_of(R"("[1]")"), R"({"_raw":"[1]"})");
    EXPECT_EQ(arguments_of("7"), R"({"_raw":7})");
    const std::string deep(kNestedMax + 1, '[');
    EXPECT_EQ(arguments_of("\"" + deep + "\""), "{\"_raw\":\"" + deep + "\"}");
}

}  // namespace
}  // namespace aihub::dialect
