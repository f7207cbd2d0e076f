#include "config/base_url.hpp"

#include <gtest/gtest.h>

namespace aihub::config {
namespace {

TEST(BaseUrl, GoodOnesLoseOnlyTheirLastSlashes) {
    EXPECT_EQ(*check_base_url("https://api.example.com/v1"), "https://api.example.com/v1");
    EXPECT_EQ(*check_base_url("http://127.0.0.1:11434/"), "http://127.0.0.1:11434");
    EXPECT_EQ(*check_base_url("http://[fe80::1]:1//"), "http://[fe80::1]:1");
    EXPECT_EQ(*check_base_url("http://my_host"), "http://my_host");
}

TEST(BaseUrl, WrongOnesAreRefused) {
    for (const char* text :
         {"",
          "api.example.com",
          "//a",
          "ftp://a",
          "http://",
          "http:///v1",
          "http://a:0",
          "http://a:65536",
          "http://a:1x",
          "http://a:",
          "http://u@a",
          "http://a?x",
          "http://a#x",
          "http://a b",
          "http://a\n",
          "http://[::1",
          "http://[]",
          "http://[::1]x",
          "http://\xC3\xA9.test",
          "http://a\\b"}) {
        EXPECT_FALSE(check_base_url(text).has_value()) << text;
    }
    EXPECT_FALSE(check_base_url("http://a/" + std::string(2048, 'x')).has_value());
}

TEST(ProxyUrl, IsHttpWithAPort) {
    for (const std::string_view text :
         {"http://h.test:3128",
          "http://h.test:3128/",
          "http://127.0.0.1:1",
          "http://[::1]:8080",
          "http://u@h:1",
          "http://u:p%40:@h:1"}) {
        EXPECT_TRUE(check_proxy_url(text).has_value()) << text;
    }
    for (const std::string_view text :
         {"",
          "h.test:3128",
          "https://h.test:3128",
          "socks5://h.test:1080",
          "http://h.test",
          "http://h.test:",
          "http://h.test:0",
          "http://h.test:65536",
          "http://[::1]",
          "http://::1:80",
          "http://:80",
          "http://u:secret%4@h:1",
          "http://u:secret%zz@h:1",
          "http://h:1/x",
          "http://h:1?x"}) {
        const auto result = check_proxy_url(text);
        ASSERT_FALSE(result.has_value()) << text;
        EXPECT_EQ(result.error().message.find("secret"), std::string::npos);
    }
}

TEST(BaseUrl, TheEnvironmentMayGiveAHostOnly) {
    EXPECT_EQ(complete_base_url("10.0.0.5:11434", "/v1"), "http://10.0.0.5:11434/v1");
    EXPECT_EQ(complete_base_url("https://h.test/", "/v1"), "https://h.test/v1");
    EXPECT_EQ(complete_base_url("https://h.test/v1", "/v1"), "https://h.test/v1");
    EXPECT_EQ(complete_base_url("https://h.test/other", "/v1"), "https://h.test/other");
    EXPECT_EQ(complete_base_url("https://h.test", ""), "https://h.test");
}

}  // namespace
}  // namespace aihub::config
