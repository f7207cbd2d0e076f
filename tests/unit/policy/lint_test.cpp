#include "policy/lint.hpp"

#include <gtest/gtest.h>

namespace aihub::policy {
namespace {

std::string lint_text(std::vector<SourceFile> files, const LintNames* names = nullptr) {
    std::string out;
    for (const auto& found : lint(std::make_shared<const Bundle>(*Bundle::make("b", std::move(files))), names)) {
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

TEST(Lint, FindsDataAndModulesThatThereAreNot) {
    EXPECT_EQ(
        lint_text({
            {"prices.csv", "model:text\n"},
            {"tiers.lua", "return {}"},
            {"route.lua",
             "local prices = aihub.table('prices')\n"
             "local other = aihub.table('price')\n"
             "local tiers = aihub.require('tiers')\n"
             "local tier = aihub.require('tier')\n"
             "return function(ctx) return prices, other, tiers, tier end"},
        }),
        "route.lua:2: the bundle has no data \"price\"; add price.csv or price.json\n"
        "route.lua:4: the bundle has no tier.lua\n"
    );
}

TEST(Lint, ComparesNamesWithTheConfiguration) {
    const std::vector<SourceFile> files{
        {"route.lua",
         "return function(ctx)\n"
         "  local east = aihub.provider('east')\n"
         "  if ctx.assignments.search == 'b' or ctx.assignments.serach == 'b' then\n"
         "    return { candidates = { { provider = 'west', model = 'm' }, { provider = 'east', model = 'n' } } }\n"
         "  end\n"
         "  return { candidates = ctx.candidates, east }\n"
         "end"},
        {"route_spec.lua",
         "it('x', function() aihub.test.route({ candidates = { { provider = 'p', model = 'q' } } }) end)"}};
    LintNames names;
    names.providers = {"east"};
    names.has_model = [](std::string_view name) { return name == "m"; };
    names.experiments = {"search"};
    EXPECT_EQ(
        lint_text(files, &names),
        "route.lua:3: the configuration has no experiment \"serach\"\n"
        "route.lua:4: the configuration has no provider \"west\"\n"
        "route.lua:4: the configuration has no model \"n\"\n"
    );
    EXPECT_EQ(lint_text(files), "");
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
