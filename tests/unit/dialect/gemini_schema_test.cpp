#include "dialect/gemini_schema.hpp"

#include <aihub/json_read.hpp>

#include <gtest/gtest.h>

#include <string>

namespace aihub::dialect {
namespace {

std::string converted(std::string_view text) {
    const auto document = sdk::JsonDocument::parse(text);
    return document ? json_schema_of(document->root()) : "no test";
}

TEST(GeminiSchema, TypesBecomeThoseOfJsonSchema) {
    EXPECT_EQ(
        converted(R"({"type":"OBJECT","properties":{"type":{"type":"STRING","nullable":true},"any_of":{"type":"ARRAY",)"
                  R"("items":{"anyOf":[{"type":"NUMBER"},{"type":"TYPE_UNSPECIFIED"}]}}}})"),
        R"({"type":"object","properties":{"type":{"type":["string","null"]},"any_of":{"type":"array",)"
        R"("items":{"anyOf":[{"type":"number"},{}]}}}})"
    );
}

TEST(GeminiSchema, KeywordsAndCountsAreSpelledAsThere) {
    EXPECT_EQ(
        converted(R"({"min_items":"2","maxLength":7,"maxItems":"many"})"),
        R"({"minItems":2,"maxLength":7,"maxItems":"many"})"
    );
}

TEST(GeminiSchema, OtherThingsStay) {
    constexpr std::string_view kText = R"({"type":"string","enum":["TYPE"],"description":"STRING","x":{"type":"ANY"}})";
    EXPECT_EQ(converted(kText), kText);
}

}  // namespace
}  // namespace aihub::dialect
