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

TEST(Bytecode, FindsNamesWithTheirLines) {
    const auto compiled = compile_file(
        {"a.lua",
         "local tiers = aihub.require('tiers')\n"                             // 1
         "local prices = aihub.table(\"prices\")\n"                           // 2
         "local get = aihub.provider\n"                                       // 3
         "return function(ctx, candidate)\n"                                  // 4
         "  local east = aihub.provider('east')\n"                            // 5
         "  local name = 'west'\n"                                            // 6
         "  if candidate.provider ~= 'south' then\n"                          // 7
         "    candidate.model = 'm7'\n"                                       // 8
         "  elseif candidate.model == 'm9' or ctx.assignments.search then\n"  // 9
         "    return { provider = name, model = ctx.model }\n"                // 10
         "  end\n"
         "  local other = { provider = 'north', model = 'm12', kind = 'k' }\n"  // 12
         "  local log = aihub.log('info', 'text')\n"
         "  local it = tiers.provider('nobody')\n"
         "  local get_here = get\n"
         "  return aihub.provider('last'), other, east, log, it, prices, get_here, ctx.assignments['a-b']\n"  // 16
         "end\n"}
    );
    ASSERT_TRUE(compiled) << compiled.error().message;
    EXPECT_EQ(
        compiled->names,
        (std::vector<NameUse>{
            {Named::provider, "east", 5},
            {Named::provider, "south", 7},
            {Named::model, "m7", 8},
            {Named::model, "m9", 9},
            {Named::experiment, "search", 9},
            {Named::provider, "west", 10},
            {Named::model, "m12", 12},
            {Named::provider, "north", 12},
            {Named::provider, "last", 16},
            {Named::experiment, "a-b", 16},
            {Named::module, "tiers", 1},
            {Named::data, "prices", 2}})
    );
}

TEST(Bytecode, NamesAreNotGuessed) {
    const auto compiled = compile_file(
        {"a.lua",
         "local name = ...\n"
         "local a = aihub.provider(name)\n"
         "local b = aihub.provider('x' .. name)\n"
         "local c = { provider = name, 'model' }\n"
         "local text = 'y'\n"
         "text = name\n"
         "return aihub.provider(text), aihub.provider(), a, b, c, name.assignments\n"}
    );
    ASSERT_TRUE(compiled) << compiled.error().message;
    EXPECT_EQ(compiled->names, std::vector<NameUse>());
}

TEST(Bytecode, FindsNamesInTailCalls) {
    const auto compiled = compile_file({"a.lua", "return aihub.provider('x')"});
    ASSERT_TRUE(compiled) << compiled.error().message;
    EXPECT_EQ(compiled->names, (std::vector<NameUse>{{Named::provider, "x", 1}}));
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
