#include "policy/lint.hpp"

#include <gtest/gtest.h>

namespace aihub::policy {
namespace {

std::string lint_text(std::vector<SourceFile> files) {
    std::string out;
    for (const auto& found : lint(std::make_shared<const Bundle>(*Bundle::make("b", std::move(files))))) {
        out += found.text() + "\n";
    }
    return out;
}

TEST(Lint, FindsNothingInAGoodBundle) {
    EXPECT_EQ(
        lint_text({
            {"route.lua", "local t = aihub.require('t')\nreturn function(ctx) return t[ctx.model] end"},
            {"t.lua", "return { [\"a\"] = math.max(1, 2), b = tostring(1) }"},
            {"route_spec.lua", "describe('x', function() it('y', function() expect(1).to_be(1) end) end)"},
        }),
        ""
    );
}

TEST(Lint, NamesFileAndLine) {
    EXPECT_EQ(
        lint_text({
            {"admit.lua", "return function(ctx)\n  if contxt.stream then return {} end\n  total = 1\nend"},
            {"route.lua", "return function(ctx)\n  return os.time()\nend"},
            {"broken.lua", "return {\n  1 2\n}"},
        }),
        "admit.lua:2: there is no \"contxt\"; declare it with `local`, or correct the name\n"
        "admit.lua:3: global \"total\" is assigned; write `local total`\n"
        "broken.lua:2: '}' expected (to close '{' at line 1) near '2'\n"
        "route.lua:2: there is no \"os\"; declare it with `local`, or correct the name\n"
    );
}

TEST(Lint, NamesOfSpecsAreForSpecs) {
    EXPECT_EQ(
        lint_text({{"route.lua", "return function() return expect end"}}),
        "route.lua:1: there is no \"expect\"; declare it with `local`, or correct the name\n"
    );
}

TEST(Lint, LoadsWhatLooksGood) {
    EXPECT_NE(lint_text({{"route.lua", "return 1"}}).find("the file returns no function"), std::string::npos);
}

}  // namespace
}  // namespace aihub::policy
