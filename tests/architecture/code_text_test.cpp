#include "code_text.hpp"

#include <gtest/gtest.h>

namespace aihub::architecture {
namespace {

std::string code(std::string_view source) {
    return blank(source, Blank::comments_and_literals);
}

TEST(Blank, TakesOutCommentsAndKeepsLines) {
    EXPECT_EQ(code("a // b\nc"), "a     \nc");
    EXPECT_EQ(code("a /* b\n* c */ d"), "a     \n       d");
    EXPECT_EQ(code("a /* open"), "a        ");
}

TEST(Blank, TakesOutLiterals) {
    EXPECT_EQ(code(R"(f("a\"b", 'c'))"), R"(f("    ", ' '))");
    EXPECT_EQ(code(R"(f("// no comment"))"), R"(f("             "))");
    EXPECT_EQ(code("f(R\"x(a\")b)x\") // c"), "f(R\"x     )x\")     ");
}

TEST(Blank, KnowsDigitSeparators) {
    EXPECT_EQ(code("1'000 /* a */ 2'0"), "1'000         2'0");
}

TEST(Blank, KeepsNamesOfIncludedFiles) {
    EXPECT_EQ(code("#include \"a/b.hpp\"  // c"), "#include \"a/b.hpp\"      ");
}

TEST(Blank, KeepsLiteralsWhenOnlyCommentsGo) {
    EXPECT_EQ(blank("f(\"//\"); // c", Blank::comments), "f(\"//\");     ");
}

TEST(Blank, SurvivesAnyEnd) {
    for (const auto* source : {"", "\"", "'", "\"\\", "R\"", "R\"x(", "/", "/*", "//", "#include \""}) {
        EXPECT_EQ(code(source).size(), std::string_view(source).size()) << source;
    }
}

TEST(FindWord, FindsWholeWords) {
    EXPECT_EQ(find_word("std::thread t", "std::thread"), 0U);
    EXPECT_EQ(find_word("std::threads", "std::thread"), std::string_view::npos);
    EXPECT_EQ(find_word("mystd::thread", "std::thread"), std::string_view::npos);
    EXPECT_EQ(find_word("operand(x) rand(y)", "rand("), 11U);
    EXPECT_EQ(find_word("x.detach()", ".detach("), 1U);
}

}  // namespace
}  // namespace aihub::architecture
