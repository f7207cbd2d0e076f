#include "gateway/error_words.hpp"

#include <gtest/gtest.h>

namespace aihub::gateway {
namespace {

TEST(ErrorWords, are_found_where_providers_put_them) {
    struct Case {
        std::string json;
        std::string type, code;
    };
    const std::vector<Case> cases{
        {R"({"error":{"message":"m","type":"server_error","code":"busy"}})", "server_error", "busy"},
        {R"({"error":{"code":1305,"message":"m"}})", "", "1305"},
        {R"({"error":{"code":-3}})", "", "-3"},
        {R"({"error":{"code":null,"type":7.5}})", "", ""},
        {R"({"error":"busy","code":"c","type":"t"})", "t", "c"},
        {R"({"object":"error","type":"BadRequestError","code":400})", "BadRequestError", "400"},
        {R"([{"error":{"code":503,"status":"UNAVAILABLE"}}])", "", "503"},
        {R"({"type":"error","error":{"type":"overloaded_error"}})", "overloaded_error", ""},
        {R"({"error":{"type":"a\u00e9\n"}})", "a\xC3\xA9\n", ""},
        {R"("busy")", "", ""},
        {R"([])", "", ""},
        {R"({"error":{"type":"cut)", "", ""},
        {"<html>busy</html>", "", ""},
        {"", "", ""},
    };
    for (const auto& each : cases) {
        const auto words = read_error_words(each.json);
        EXPECT_EQ(words.type, each.type) << each.json;
        EXPECT_EQ(words.code, each.code) << each.json;
    }
}

TEST(ErrorWords, deep_nesting_is_no_matter) {
    EXPECT_EQ(read_error_words(std::string(100'000, '[')).type, "");
}

}  // namespace
}  // namespace aihub::gateway
