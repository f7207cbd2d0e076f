#include "net/target.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <utility>

namespace aihub::net {
namespace {

std::string parsed(const std::string& text) {
    const auto target = Target::parse(text);
    return target ? std::string(target->path()) : "refused: " + target.error().message;
}

TEST(Target, HasOnePathOrIsRefusedAsTheCasesSay) {
    std::ifstream file(std::string(AIHUB_TESTS_DIR) + "/golden/http/targets.txt");
    std::string line;
    int cases = 0;
    while (std::getline(file, line)) {
        if (line.starts_with("# ")) {
            continue;
        }
        const std::size_t tab = line.find('\t');
        ASSERT_NE(tab, std::string::npos) << line;
        EXPECT_EQ(parsed(line.substr(0, tab)), line.substr(tab + 1)) << line;
        ++cases;
    }
    EXPECT_GE(cases, 70);
}

TEST(Target, KeepsItsPathWhenItIsMoved) {
    const std::string text = "/a%20b?q=1";
    auto target = Target::parse(text);
    ASSERT_TRUE(target.has_value());
    const Target moved = *std::move(target);
    EXPECT_EQ(moved.path(), "/a b");
    EXPECT_EQ(moved.query(), "q=1");
}

TEST(Target, FindsParametersOfTheQuery) {
    const auto target = Target::parse("/a?alt=sse&empty=&flag&%6bey=a%2Bb+c&alt=two&bad=%zz");
    ASSERT_TRUE(target.has_value());
    EXPECT_EQ(**target->parameter("alt"), "sse");
    EXPECT_EQ(**target->parameter("empty"), "");
    EXPECT_EQ(**target->parameter("flag"), "");
    EXPECT_EQ(**target->parameter("key"), "a+b c");
    EXPECT_FALSE(target->parameter("none")->has_value());
    EXPECT_EQ(target->parameter("bad").error().code, Errc::invalid_request);
}

TEST(PathValue, TurnsEncodedSlashesIntoSlashes) {
    EXPECT_EQ(path_value("meta%2Fllama%2F3"), "meta/llama/3");
    EXPECT_EQ(path_value("plain"), "plain");
    EXPECT_EQ(path_value(""), "");
}

}  // namespace
}  // namespace aihub::net
