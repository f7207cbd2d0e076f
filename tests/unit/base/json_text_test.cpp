#include "base/json_text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace aihub {
namespace {

std::string written(std::string_view text) {
    std::string out = "before ";
    append_json_string(out, text);
    EXPECT_EQ(out.substr(0, 7), "before ");
    return out.substr(7);
}

TEST(JsonText, writes_plain_text_in_quotes) {
    EXPECT_EQ(written(""), R"("")");
    EXPECT_EQ(written("hello, world/"), R"("hello, world/")");
    EXPECT_EQ(
        written("gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x98\x80"),
        "\"gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x98\x80\""
    );
}

TEST(JsonText, escapes_quotes_and_backslashes) {
    EXPECT_EQ(written(R"(say "a\b")"), R"("say \"a\\b\"")");
}

TEST(JsonText, escapes_every_control_character) {
    EXPECT_EQ(written("\n\r\t"), R"("\n\r\t")");
    constexpr std::string_view kHex = "0123456789abcdef";
    for (unsigned char byte = 0; byte < 0x20; ++byte) {
        if (byte == '\n' || byte == '\r' || byte == '\t') {
            continue;
        }
        const std::string expected = std::string("\"a\\u00") + kHex[byte >> 4U] + kHex[byte & 15U] + "b\"";
        EXPECT_EQ(written(std::string("a") + static_cast<char>(byte) + "b"), expected);
    }
    EXPECT_EQ(written("\x7F"), R"("\u007f")");
}

TEST(JsonText, replaces_what_is_not_utf8) {
    const std::string bad = "\xEF\xBF\xBD";  // U+FFFD
    // Bytes in, and how many replacements stand between the letters a and b.
    const std::vector<std::pair<std::string, std::size_t>> cases{
        {"\x80", 1},              // a tail alone
        {"\xC3", 1},              // cut after the first byte
        {"\xC0\xAF", 2},          // overlong "/"
        {"\xC1\xBF", 2},          // overlong
        {"\xE0\x9F\xBF", 3},      // overlong in three bytes
        {"\xE2\x82", 2},          // cut after the second byte
        {"\xED\xA0\x80", 3},      // the surrogate U+D800
        {"\xED\xBF\xBF", 3},      // the surrogate U+DFFF
        {"\xF0\x8F\xBF\xBF", 4},  // overlong in four bytes
        {"\xF0\x9F\x98", 3},      // cut after the third byte
        {"\xF4\x90\x80\x80", 4},  // beyond U+10FFFF
        {"\xF5\x80\x80\x80", 4},  // never a first byte
        {"\xFE\xFF", 2},          // a byte order mark of UTF-16
    };
    for (const auto& [bytes, count] : cases) {
        std::string expected = "\"a";
        for (std::size_t i = 0; i < count; ++i) {
            expected += bad;
        }
        EXPECT_EQ(written("a" + bytes + "b"), expected + "b\"") << testing::PrintToString(bytes);
        EXPECT_EQ(written("a" + bytes), expected + "\"") << testing::PrintToString(bytes);
    }
}

TEST(JsonText, keeps_the_edges_of_utf8) {
    for (const std::string text :
         {"\xC2\x80",
          "\xDF\xBF",
          "\xE0\xA0\x80",
          "\xED\x9F\xBF",
          "\xEE\x80\x80",
          "\xEF\xBF\xBF",
          "\xF0\x90\x80\x80",
          "\xF4\x8F\xBF\xBF"}) {
        EXPECT_EQ(written(text), "\"" + text + "\"");
    }
}

}  // namespace
}  // namespace aihub
