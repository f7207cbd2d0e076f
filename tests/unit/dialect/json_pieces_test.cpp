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

TEST(JsonPieces, JsonOfAPluginBecomesUtf8) {
    std::string out;
    append_flat_json(out, "[\"\xC3\xBC\xFF\xE2\x82\",\n\"\xF0\x9F\x98\x80\"]");
    EXPECT_EQ(out, "[\"\xC3\xBC\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\", \"\xF0\x9F\x98\x80\"]");
}

TEST(JsonPieces, MadeIdsAreShortAndOfFewLetters) {
    EXPECT_EQ(made_id("01ARZ3NDEKTSV4RRFFQ69G5FAV"), "01ARZ3NDEKTSV4RRFFQ69G5FAV");
    EXPECT_EQ(made_id("a_B-9"), "a_B-9");
    for (const auto& own : {std::string("req.1"), std::string(128, 'a'), std::string("\"\n"), std::string("a:b")}) {
        const auto made = made_id(own);
        EXPECT_LE(made.size(), 16U);
        EXPECT_EQ(made.find_first_not_of("0123456789abcdef"), std::string::npos) << made;
        EXPECT_EQ(made, made_id(own));
    }
    EXPECT_NE(made_id("req.1"), made_id("req.2"));
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

TEST(JsonPieces, LinksHaveAllTheirMembers) {
    std::string out;
    append_link(out, read_citation(R"({"url":"u","title":"t","start_index":3,"end_index":4,"cited_text":"c"})"));
    EXPECT_EQ(out, R"("url":"u","title":"t","start_index":3,"end_index":4)");
    out.clear();
    append_link(out, {});
    EXPECT_EQ(out, R"("url":"","title":"","start_index":0,"end_index":0)");
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
