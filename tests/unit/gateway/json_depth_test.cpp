#include "gateway/json_depth.hpp"

#include <gtest/gtest.h>

#include <string>

namespace aihub::gateway {
namespace {

std::string nested(std::size_t depth, bool objects) {
    std::string text;
    for (std::size_t level = 0; level < depth; ++level) {
        text += objects ? "{\"a\":" : "[";
    }
    text += "1";
    for (std::size_t level = 0; level < depth; ++level) {
        text += objects ? "}" : "]";
    }
    return text;
}

TEST(JsonDepth, TakesExactlyTheLimit) {
    for (const bool objects : {false, true}) {
        for (const std::size_t limit : {1UL, 2UL, 7UL, 128UL}) {
            EXPECT_TRUE(check_json_depth(nested(limit, objects), limit));
            EXPECT_FALSE(check_json_depth(nested(limit + 1, objects), limit));
            EXPECT_FALSE(check_json_depth(nested(limit * 10, objects), limit));
        }
    }
    EXPECT_EQ(check_json_depth("[[1]]", 1).error().code, Errc::invalid_request);
}

TEST(JsonDepth, CountsLevelsAndNotBrackets) {
    std::string wide = "[";
    for (int number = 0; number < 1000; ++number) {
        wide += R"({"a":[1,"]}]}"]},)";
    }
    EXPECT_TRUE(check_json_depth(wide + "1]", 3));
    EXPECT_FALSE(check_json_depth(wide + "1]", 2));
}

TEST(JsonDepth, LooksPastStrings) {
    EXPECT_TRUE(check_json_depth("[\"" + std::string(100, '[') + "\"]", 1));
    EXPECT_TRUE(check_json_depth(R"(["\"[[[[\\"])", 1));
    EXPECT_TRUE(check_json_depth(R"({"a\\":"[[[\"{{{"})", 1));
    EXPECT_FALSE(check_json_depth(R"(["\\",[[1]]])", 2));
    EXPECT_TRUE(check_json_depth("[\"[[[[[\\", 1)) << "cut in a string";
    EXPECT_TRUE(check_json_depth("]]]]}}", 1));
    EXPECT_TRUE(check_json_depth("", 1));
}

}  // namespace
}  // namespace aihub::gateway
