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

TEST(BaseUrl, TheEnvironmentMayGiveAHostOnly) {
    EXPECT_EQ(complete_base_url("10.0.0.5:11434", "/v1"), "http://10.0.0.5:11434/v1");
    EXPECT_EQ(complete_base_url("https://h.test/", "/v1"), "https://h.test/v1");
    EXPECT_EQ(complete_base_url("https://h.test/v1", "/v1"), "https://h.test/v1");
    EXPECT_EQ(complete_base_url("https://h.test/other", "/v1"), "https://h.test/other");
    EXPECT_EQ(complete_base_url("https://h.test", ""), "https://h.test");
}

}  // namespace
}  // namespace aihub::config
