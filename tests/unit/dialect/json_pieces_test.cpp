#include "dialect/json_pieces.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <utility>
#include <vector>

namespace aihub::dialect {
namespace {

std::string arguments(std::string_view text) {
    std::string out;
    append_arguments(out, text);
    return out;
}

TEST(JsonPieces, NumbersOfAnySize) {
    std::string out;
    append_number(out, 0);
    append_number(out, std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(out, "018446744073709551615");
}

TEST(JsonPieces, JsonOnOneLine) {
    std::string out = "a\n";
    append_flat_json(out, "{\r\n\"a\":1}");
    EXPECT_EQ(out, "a\n{  \"a\":1}");
}

TEST(JsonPieces, ArgumentsAreAlwaysAnObject) {
    const std::vector<std::pair<std::string_view, std::string_view>> cases{
        {"", "{}"},
        {" \n", "{}"},
        {R"({"a":1.10})", R"({"a":1.10})"},
        {" {\"a\":\n1} ", "{\"a\": 1}"},
        {"[1]", R"({"_raw":"[1]"})"},
        {R"({"a":)", R"({"_raw":"{\"a\":"})"},
        {R"({"a":1}{"b":2})", R"({"_raw":"{\"a\":1}{\"b\":2}"})"},
        {"{\"a\":\"\xFF\"}", "{\"_raw\":\"{\\\"a\\\":\\\"\xEF\xBF\xBD\\\"}\"}"},
    };
    for (const auto& [text, expected] : cases) {
        EXPECT_EQ(arguments(text), expected);
    }
}

TEST(JsonPieces, ElementsOfAnArray) {
    EXPECT_EQ(elements_of(R"( [ {"a":1},2 ] )"), R"({"a":1},2)");
    EXPECT_EQ(elements_of("[]"), "");
    EXPECT_EQ(elements_of("{}"), "");
    EXPECT_EQ(elements_of("[1"), "");
}

TEST(JsonPieces, CitationsKeepWhatTheyHave) {
    const auto one = read_citation(R"({"url":"u","start_index":3,"end_index":"4","title":null})");
    EXPECT_EQ(one.url, "\"u\"");
    EXPECT_EQ(one.start_index, "3");
    EXPECT_EQ(one.end_index, "");  // no number
    EXPECT_EQ(one.title, "");
    EXPECT_EQ(read_citation("broken").url, "");
}

TEST(JsonPieces, IdsOfTheProviderStayWhereTheFormatAllowsThem) {
    EXPECT_EQ(answer_id("msg_", "msg_up", "own", false), "msg_up");
    EXPECT_EQ(answer_id("msg_", "chatcmpl-up", "own", false), "msg_own");
    EXPECT_EQ(answer_id("chatcmpl-", "gen-1.2:3", "own", true), "gen-1.2:3");
    EXPECT_EQ(answer_id("chatcmpl-", "a b", "own", true), "chatcmpl-own");
    EXPECT_EQ(answer_id("chatcmpl-", std::string(300, 'a'), "own", true), "chatcmpl-own");
    EXPECT_EQ(answer_id("", "", "own", true), "own");
}

}  // namespace
}  // namespace aihub::dialect
