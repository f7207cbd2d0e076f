#include "support/fake_plugin_host.hpp"

#include <aihub/http_text.hpp>
#include <aihub/json_read.hpp>
#include <aihub/reply_failure.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace aihub::sdk {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using testing::slice_of;

TEST(HttpText, KnowsWhatAHeaderAndAPathMayHold) {
    EXPECT_TRUE(is_header_name("x-goog-api-key"));
    for (const char* bad : {"", "two words", "a:b", "line\n", "\xC3\xA9"}) {
        EXPECT_FALSE(is_header_name(bad)) << bad;
    }
    EXPECT_TRUE(is_header_value(""));
    EXPECT_TRUE(is_header_value("Bearer \t\xC3\xA9"));
    for (const char* bad : {"a\r\nb: c", "a\nb", "a\x7F"}) {
        EXPECT_FALSE(is_header_value(bad));
    }
    EXPECT_TRUE(is_target_text("/v1/{model}?a=b"));
    for (const char* bad : {"/a b", "/a#b", "/a\r\n", "/\xC3\xA9"}) {
        EXPECT_FALSE(is_target_text(bad));
    }
}

TEST(HttpText, WhatAClientNamesStaysOneSegment) {
    EXPECT_EQ(percent_encoded("gpt-4.1_x~"), "gpt-4.1_x~");
    EXPECT_EQ(percent_encoded("a/../b c?d#\xC3\xA9%"), "a%2F..%2Fb%20c%3Fd%23%C3%A9%25");
    std::string path = "/models/{model}:{verb}";
    replace_placeholder(path, "{model}", percent_encoded("{verb}"));
    replace_placeholder(path, "{verb}", "go");
    EXPECT_EQ(path, "/models/%7Bverb%7D:go");
    replace_placeholder(path, "{none}", "x");
    EXPECT_EQ(path, "/models/%7Bverb%7D:go");
}

TEST(HttpText, ReadsSettingsOfHeaders) {
    const auto read = [](std::string_view json) {
        const auto document = JsonDocument::parse(json);
        const auto list = read_headers(document->root()["headers"]);
        std::string all = list ? "" : list.error().message;
        for (const auto& [name, value] : list ? *list : HeaderList{}) {
            all += name + "=" + value + ";";
        }
        return all;
    };
    EXPECT_EQ(read("{}"), "");
    EXPECT_EQ(read(R"({"headers":{"x-a":"1","x-b":""}})"), "x-a=1;x-b=;");
    EXPECT_EQ(read(R"({"headers":{"x-a":"1\r\nx: y"}})"), "headers.x-a: not a valid HTTP header name and value");
    EXPECT_EQ(read(R"({"headers":{"x a":"1"}})"), "headers.x a: not a valid HTTP header name and value");
    EXPECT_TRUE(check_auth_header("Authorization", "Bearer "));
    EXPECT_FALSE(check_auth_header("", "Bearer "));
    EXPECT_FALSE(check_auth_header("Authorization", "Bearer\n"));
}

TEST(ReplyFailure, AStatusHasAKind) {
    const std::pair<int, FailureKind> kinds[] = {
        {400, FailureKind::invalid_request},
        {401, FailureKind::auth},
        {402, FailureKind::quota},
        {403, FailureKind::auth},
        {404, FailureKind::not_found},
        {407, FailureKind::auth},
        {408, FailureKind::timeout},
        {413, FailureKind::too_large},
        {422, FailureKind::invalid_request},
        {429, FailureKind::rate_limit},
        {500, FailureKind::upstream},
        {503, FailureKind::overloaded},
        {504, FailureKind::timeout},
        {529, FailureKind::overloaded},
        {200, FailureKind::upstream},
    };
    for (const auto& [status, kind] : kinds) {
        EXPECT_EQ(failure_kind(status), kind) << status;
    }
    EXPECT_EQ(end_failure(End::timeout)->kind, FailureKind::timeout);
    EXPECT_EQ(end_failure(End::cut)->kind, FailureKind::network);
    EXPECT_FALSE(end_failure(End::complete));
    EXPECT_FALSE(end_failure(End::cancelled));
}

TEST(ReplyFailure, ReadsHowLongToWait) {
    constexpr seconds kNow{784111777};  // Sun, 06 Nov 1994 08:49:37 GMT
    const auto wait = [&](std::string_view name, std::string_view value) {
        const aihub_header header{slice_of(name), slice_of(value)};
        return read_retry_after(Headers(&header, 1), kNow);
    };
    EXPECT_EQ(wait("Retry-After", "7"), seconds(7));
    EXPECT_EQ(wait("retry-after", "1.5"), milliseconds(1500));
    EXPECT_EQ(wait("retry-after-ms", "250"), milliseconds(250));
    EXPECT_EQ(wait("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT"), seconds(30));
    EXPECT_EQ(wait("retry-after", "Mon, 06 Nov 2094 08:50:07 GMT"), std::chrono::hours(24));
    EXPECT_EQ(wait("retry-after", "1e9"), nanoseconds(0));
    EXPECT_EQ(wait("retry-after", "99999999"), std::chrono::hours(24));
    for (const char* nothing :
         {"",
          "-1",
          "soon",
          "7 ",
          "nan",
          "inf",
          "Sun, 06 Nov 1994 08:49:07 GMT",
          "Sun, 31 Feb 2094 08:49:07 GMT",
          "Sun, 06 ovN 2094 08:49:07 GMT",
          "Sun, 06 Nov 2094 28:49:07 GMT",
          "Sunday, 06-Nov-94 08:49:37 GMT"}) {
        EXPECT_EQ(wait("retry-after", nothing), nanoseconds(0)) << nothing;
    }
    const aihub_header both[] = {
        {slice_of("retry-after"), slice_of("9")}, {slice_of("retry-after-ms"), slice_of("20")}};
    EXPECT_EQ(read_retry_after(Headers(both, 2), kNow), milliseconds(20));
}

}  // namespace
}  // namespace aihub::sdk
