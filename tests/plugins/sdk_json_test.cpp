#include <aihub/json_read.hpp>
#include <aihub/json_scan.hpp>
#include <aihub/json_write.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace aihub::sdk {
namespace {

TEST(JsonRead, KeepsNumbersAsTheyWereWritten) {
    const std::string text = R"({"big": 123456789012345678901234567890, "float": 1.50e+3, "negative": -0})";
    const auto document = JsonDocument::parse(text);
    ASSERT_TRUE(document);
    EXPECT_EQ(document->root()["big"].raw(), "123456789012345678901234567890");
    EXPECT_EQ(document->root()["float"].raw(), "1.50e+3");
    EXPECT_EQ(document->root()["big"].number<std::uint64_t>(), std::nullopt);
    EXPECT_EQ(document->root()["float"].number<double>(), 1500.0);
    EXPECT_EQ(document->root()["float"].number<int>(), std::nullopt);
    EXPECT_EQ(document->root()["negative"].number<int>(), 0);
}

TEST(JsonRead, UnescapesPairsOfSurrogatesAndReplacesLoneOnes) {
    EXPECT_EQ(json_unescape(R"(a\"\\\/\b\f\n\r\t\u00e4\ud83d\ude00)"), "a\"\\/\b\f\n\r\t\xC3\xA4\xF0\x9F\x98\x80");
    EXPECT_EQ(json_unescape(R"(\ud83d!)"), "\xEF\xBF\xBD!");
    EXPECT_EQ(json_unescape(R"(\ude00)"), "\xEF\xBF\xBD");
    EXPECT_EQ(json_unescape(R"(\ud83d\u0041)"), "\xEF\xBF\xBD\x41");
    EXPECT_EQ(json_unescape(R"(\ud83d)"), "\xEF\xBF\xBD");
}

TEST(JsonRead, AnswersForMissingValuesQuietly) {
    const auto document = JsonDocument::parse(R"({"a":[{"b":"c"}],"\u0061b":1,"x":1,"x":2})");
    ASSERT_TRUE(document);
    const JsonValue root = document->root();
    EXPECT_EQ(root["a"][0]["b"].string_or("?"), "c");
    EXPECT_EQ(root["a"][1]["b"].string_or("?"), "?");
    EXPECT_EQ(root["nothing"]["deeper"][7].kind(), JsonKind::missing);
    EXPECT_EQ(root["ab"].number<int>(), 1);  // escaped names are compared unescaped
    EXPECT_EQ(root["x"].number<int>(), 2);   // the last of several
    EXPECT_EQ(root.size(), 4U);
    for (const JsonValue none : root["x"]) {
        ADD_FAILURE() << none.raw();
    }
}

TEST(JsonRead, RefusesWhatIsNotJson) {
    for (const char* text :
         {"",      " ",         "{",   "[1,]",     "{\"a\":1,}", "{a:1}",       "01",     "1.",  "-",
          "+1",    "1e",        ".5",  "\"\x01\"", "\"\\x\"",    "\"\\u12g4\"", "\"open", "nul", "truefalse",
          "[1] 2", "{\"a\" 1}", "'a'", "[1 2]",    "{\"a\":}",   "NaN",         "\"\\"}) {
        EXPECT_FALSE(JsonDocument::parse(text)) << text;
    }
    EXPECT_EQ(JsonDocument::parse("[1,]").error().message, "not valid JSON: unexpected byte at byte 3");
}

TEST(JsonRead, StopsAtItsLimits) {
    const std::string deep = std::string(65, '[') + std::string(65, ']');
    const std::string deepest = std::string(64, '[') + std::string(64, ']');
    EXPECT_TRUE(JsonDocument::parse(deepest));
    EXPECT_FALSE(JsonDocument::parse(deep));
    EXPECT_FALSE(JsonDocument::parse("[1,2,3]", {.depth_max = 64, .values_max = 3}));
    EXPECT_TRUE(JsonDocument::parse("[1,2,3]", {.depth_max = 64, .values_max = 4}));
}

TEST(JsonWrite, EscapesAndSeparates) {
    JsonWriter json;
    json.begin_object().field("a\"", "b\\\n\x01\xFF").field("n", std::uint64_t{18446744073709551615U});
    json.key("list").begin_array().value(1).value(true).value(nullptr).begin_object().end_object().end_array();
    json.field("half", 0.5).field("none", std::numeric_limits<double>::infinity()).key("raw").raw("{}").end_object();
    EXPECT_EQ(
        json.text(),
        "{\"a\\\"\":\"b\\\\\\n\\u0001\xEF\xBF\xBD\",\"n\":18446744073709551615,\"list\":[1,true,null,{}],\"half\":0.5,"
        "\"none\":null,\"raw\":{}}"
    );
    EXPECT_TRUE(JsonDocument::parse(json.text()));
}

TEST(JsonScan, FindsMembersAndSeesEveryTruncation) {
    const std::string text = R"( {"a" : "x\"}{", "b":[1,{"c":[]},"]"], "d" :-1.5e3, "e":{"f":null}} )";
    std::string names;
    std::string_view b;
    JsonScan scan(text);
    EXPECT_TRUE(scan.members([&](std::string_view name, JsonScan& value) {
        names += name;
        return name == "b" ? value.take(b) : value.skip();
    }));
    EXPECT_TRUE(scan.at_end());
    EXPECT_EQ(names, "abde");
    EXPECT_EQ(b, R"([1,{"c":[]},"]"])");
    for (std::size_t length = 0; length < text.size() - 1; ++length) {
        // A copy of exactly that size, so that a read past the end is caught.
        const std::string cut = text.substr(0, length);
        JsonScan part(cut);
        EXPECT_FALSE(part.members([](std::string_view, JsonScan& value) { return value.skip(); })) << cut;
    }
}

TEST(JsonScan, RefusesCrossedAndDeepBrackets) {
    for (const std::string& text :
         {std::string("[{]}"),
          std::string("[}"),
          std::string(1025, '[') + std::string(1025, ']'),
          std::string(100, '[') + std::string(40, ']') + "}" + std::string(59, ']'),
          std::string(64, '[') + "{" + std::string(65, ']')}) {
        JsonScan scan(text);
        EXPECT_FALSE(scan.skip()) << text;
    }
}

TEST(JsonScan, KnowsEachOfManyOpenBrackets) {
    for (const std::size_t depth : {1U, 63U, 64U, 65U, 128U, 129U, 1024U}) {
        std::string text, end;
        for (std::size_t at = 0; at < depth; ++at) {
            text += at % 3 == 0 ? "{\"a\":" : "[";
            end.insert(end.begin(), at % 3 == 0 ? '}' : ']');
        }
        text += "[],1" + end;
        JsonScan scan(text);
        EXPECT_TRUE(depth == 1024U ? !scan.skip() : scan.skip() && scan.at_end()) << depth;
        JsonScan cut(std::string_view(text).substr(0, text.size() - 1));
        EXPECT_FALSE(cut.skip()) << depth;
    }
}

TEST(Text, KnowsWellFormedUtf8) {
    EXPECT_EQ(utf8_length("\xC3\xA4"), 2U);
    EXPECT_EQ(utf8_length("\xF0\x9F\x98\x80"), 4U);
    for (const char* broken :
         {"\xC0\x80", "\xC3", "\xED\xA0\x80", "\xE0\x80\x80", "\xF4\x90\x80\x80", "\x80", "\xFF"}) {
        EXPECT_EQ(utf8_length(broken), 0U);
    }
    EXPECT_EQ(utf8_prefix("a\xC3\xA4z", 2), "a");
    EXPECT_EQ(utf8_prefix("a\xC3\xA4z", 3), "a\xC3\xA4");
}

}  // namespace
}  // namespace aihub::sdk
