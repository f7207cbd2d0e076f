#include "gateway/json_outline.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace aihub::gateway {
namespace {

// The outline of `json`, given in pieces of `size` bytes, or the error's message.
std::string outline_of(std::string_view json, std::size_t size) {
    JsonOutline outline;
    while (!json.empty()) {
        const auto taken = outline.take(json.substr(0, size));
        if (!taken) {
            return "error: " + taken.error().message;
        }
        json.remove_prefix(std::min(size, json.size()));
    }
    const auto finished = outline.finish();
    return finished ? std::string(*finished) : "error: " + finished.error().message;
}

std::string outline_of(std::string_view json) {
    auto at_once = outline_of(json, std::string_view::npos);
    for (const std::size_t size : {1UL, 2UL, 3UL, 7UL}) {
        EXPECT_EQ(outline_of(json, size), at_once) << "in pieces of " << size;
    }
    return at_once;
}

const std::string kNotAnObject = "error: the provider's answer is not a JSON object";

TEST(JsonOutline, SmallMembersStayAsTheyAre) {
    EXPECT_EQ(outline_of("{}"), "{}");
    EXPECT_EQ(outline_of(" \n{ } \r\n"), "{}");
    const std::string plain =
        R"({"a":1,"b":"x\"y\\","c":[1, {"d":"]}"}],"e":{"f":[]},"g":null,"h":-1.5e+3,"\u0069":true})";
    EXPECT_EQ(outline_of(plain), plain);
    EXPECT_EQ(outline_of("{ \"a\" : 1 ,\n\"b\" : \"x\" }"), R"({"a":1,"b":"x"})");
}

TEST(JsonOutline, LargeMembersBecomeEmpty) {
    const std::string large(JsonOutline::kValueMax, 'a');
    const std::string usage = R"("usage":{"input_tokens":1})";
    const auto outline = [&](const std::string& value) { return outline_of("{\"a\":" + value + "," + usage + "}"); };
    EXPECT_EQ(outline("\"" + large + "\""), "{\"a\":\"\"," + usage + "}");
    EXPECT_EQ(outline("[\"" + large + "\",{}]"), "{\"a\":[]," + usage + "}");
    EXPECT_EQ(outline("{\"b\":\"" + large + "\\\"\"}"), "{\"a\":{}," + usage + "}");
    EXPECT_EQ(outline(std::string(JsonOutline::kValueMax + 1, '1')), "{\"a\":0," + usage + "}");
    EXPECT_EQ(outline_of("{\"" + large + "\":\"b\"}"), R"({"":"b"})");
    // One that just fits stays.
    const auto fits = "\"" + large.substr(2) + "\"";
    EXPECT_EQ(outline(fits), "{\"a\":" + fits + "," + usage + "}");
}

TEST(JsonOutline, MembersThatWouldMakeItTooLongAreLeftOut) {
    const std::string value(JsonOutline::kValueMax - 10, 'a');
    std::string json = "{";
    for (int member = 0; member < 100; ++member) {
        json += "\"" + std::to_string(member) + "\":\"" + value + "\",";
    }
    json += R"("last":1})";
    const auto outline = outline_of(json, 65536);
    EXPECT_LE(outline.size(), JsonOutline::kBytesMax + 1);
    EXPECT_GT(outline.size(), JsonOutline::kBytesMax - JsonOutline::kValueMax);
    EXPECT_TRUE(outline.ends_with(R"(","last":1})")) << outline.substr(outline.size() - 40);
}

TEST(JsonOutline, WhatIsNoObjectIsRefused) {
    for (const std::string_view json :
         {"",
          " ",
          "[]",
          "1",
          "<html>",
          "{",
          "{\"a\"",
          "{\"a\":",
          "{\"a\":1",
          "{\"a\":1,",
          "{\"a\":1,}",
          "{,}",
          "{a:1}",
          "{\"a\" 1}",
          "{\"a\":}",
          "{\"a\":x}",
          "{\"a\":1 2}",
          "{\"a\":[}",
          "{\"a\":[1}]}",
          "{\"a\":\"x}",
          "{} {}",
          "{}x",
          "{\"a\":1]",
          "{\"a\":\"\\\"}"}) {
        EXPECT_EQ(outline_of(json), kNotAnObject) << json;
    }
    const std::string deep(JsonOutline::kDepthMax, '[');
    const std::string close(JsonOutline::kDepthMax, ']');
    EXPECT_EQ(outline_of("{\"a\":" + deep + close + "}"), "{\"a\":" + deep + close + "}");
    EXPECT_EQ(outline_of("{\"a\":[" + deep + close + "]}"), kNotAnObject);
}

}  // namespace
}  // namespace aihub::gateway
