#include "policy/bytecode.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace aihub::policy {
namespace {

TEST(Bytecode, FindsGlobalsWithTheirLines) {
    const auto compiled = compile_file(
        {"a.lua",
         "local x = math.floor(1.5)\nlocal t = { 1, 'a', k = { true, 2.5 } }\nlocal function f()\n"
         "  return missing, x, t\nend\nresult = f()\n"}
    );
    ASSERT_TRUE(compiled) << compiled.error().message;
    EXPECT_EQ(
        compiled->globals, (std::vector<GlobalUse>{{"missing", 4, false}, {"math", 1, false}, {"result", 6, true}})
    );
    EXPECT_EQ(compiled->lines, (std::vector<int>{1, 2, 4, 5, 6}));
}

TEST(Bytecode, ReadsLongFiles) {
    std::string text;
    for (int i = 0; i < 70'000; ++i) {
        text += "\n";
    }
    const auto compiled = compile_file({"a.lua", "local a = 1" + text + "return here"});
    ASSERT_TRUE(compiled) << compiled.error().message;
    EXPECT_EQ(compiled->globals, (std::vector<GlobalUse>{{"here", 70'001, false}}));
}

TEST(Bytecode, SaysWhereTheSyntaxIsWrong) {
    const auto compiled = compile_file({"a.lua", "local x = 1\nlocal y = = 2\n"});
    ASSERT_FALSE(compiled);
    EXPECT_EQ(compiled.error().message, "a.lua:2: unexpected symbol near '='");
    EXPECT_FALSE(compile_file({"a.lua", "\x1bLJ\x02"}));
}

}  // namespace
}  // namespace aihub::policy
