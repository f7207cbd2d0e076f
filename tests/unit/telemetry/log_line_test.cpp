#include "telemetry/log_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace aihub::telemetry {
namespace {

using ::testing::HasSubstr;

std::string body(LogFormat format, std::string_view message, const std::vector<Field>& fields) {
    return log_body(format, message, fields.data(), fields.size());
}

constexpr WallTime at(std::int64_t micros) {
    return WallTime(std::chrono::microseconds(micros));
}

TEST(LogLine, HeadHasTimeInMicrosecondsAndLevel) {
    EXPECT_EQ(
        log_head(LogFormat::json, LogLevel::info, at(0), true), R"({"ts":"1970-01-01T00:00:00.000000Z","level":"info",)"
    );
    EXPECT_EQ(
        log_head(LogFormat::console, LogLevel::warn, at(951782400123456), false), "2000-02-29T00:00:00.123456Z WARN  "
    );
    EXPECT_EQ(
        log_head(LogFormat::console, LogLevel::error, at(1), true), "1970-01-01T00:00:00.000001Z \x1b[31mERROR\x1b[0m "
    );
}

TEST(LogLine, JsonKeepsNumbersAndTruthAndEscapesText) {
    EXPECT_EQ(
        body(
            LogFormat::json,
            "a \"b\"",
            {{"n", -7}, {"big", std::int64_t{9007199254740993}}, {"ok", false}, {"t", "x\n\x01\\"}}
        ),
        R"("msg":"a \"b\"","n":-7,"big":9007199254740993,"ok":false,"t":"x\n\u0001\\"})"
    );
}

TEST(LogLine, JsonMakesInvalidUtf8Safe) {
    EXPECT_EQ(
        body(LogFormat::json, "m\xC3", {{"t", "\xFF\xC3\xA9"}}),
        "\"msg\":\"m\xEF\xBF\xBD\",\"t\":\"\xEF\xBF\xBD\xC3\xA9\"}"
    );
}

TEST(LogLine, JsonNamesAreUniqueAndSafe) {
    EXPECT_EQ(
        body(LogFormat::json, "m", {{"ts", "1"}, {"a", "2"}, {"a", "3"}, {"b\":1,\"c", "4"}, {"", "5"}}),
        R"("msg":"m","ts_":"1","a":"2","a_":"3","b__1__c":"4","_":"5"})"
    );
}

TEST(LogLine, ConsoleQuotesOnlyWhatNeedsIt) {
    EXPECT_EQ(
        body(
            LogFormat::console,
            "call failed",
            {{"url", "http://a:1/v1?x=y"}, {"t", "two words"}, {"e", ""}, {"q", "a=\"b\\"}}
        ),
        R"(call failed url="http://a:1/v1?x=y" t="two words" e="" q="a=\"b\\")"
    );
}

TEST(LogLine, ConsoleValuesCannotForgeALineOrSteerATerminal) {
    const std::string line = body(
        LogFormat::console,
        "m\n2026 ERROR forged",
        {{"v", "a\r\nb\x1b[2J\x7f"},
         {"c1", "\xC2\x9B"},
         {"ls", "\xE2\x80\xA8"},
         {"bidi", "\xE2\x80\xAE\xE2\x81\xA6"},
         {"k\nx", "1"}}
    );
    EXPECT_EQ(
        line,
        "m\\n2026 ERROR forged v=\"a\\u000d\\nb\\u001b[2J\\u007f\" c1=\"\\u009b\" ls=\"\\u2028\" "
        "bidi=\"\\u202e\\u2066\" k_x=1"
    );
}

TEST(LogLine, ConsoleKeepsTextOfOtherLanguages) {
    EXPECT_EQ(body(LogFormat::console, "m", {{"name", "Zoë €😀\xFF"}}), "m name=\"Zoë €😀\xEF\xBF\xBD\"");
}

TEST(LogLine, LongTextIsCutAtACharacterAndTooManyFieldsAreLeftOut) {
    std::string text(kLogTextBytesMax - 1, 'x');
    text += "é";
    EXPECT_EQ(body(LogFormat::console, "m", {{"t", text}}), "m t=" + std::string(kLogTextBytesMax - 1, 'x') + "...");

    const std::vector<Field> fields(kLogFieldsMax + 5, Field("f", 1));
    const std::string line = body(LogFormat::console, "m", fields);
    EXPECT_EQ(static_cast<std::size_t>(std::count(line.begin(), line.end(), '=')), kLogFieldsMax);
}

}  // namespace
}  // namespace aihub::telemetry
