#include "policy/bundle.hpp"

#include "support/posix.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace aihub::policy {
namespace {

const SourceFile kRoute{"route.lua", "return function() end\n"};

std::string message(const Result<Bundle>& made) {
    return made ? "made" : made.error().message;
}

TEST(Bundle, IsKnownByTheHashOfItsFiles) {
    const auto made = Bundle::make("eu", {{"tiers.lua", "return {}"}, {"route.lua", "return 1"}});
    ASSERT_TRUE(made);
    // printf 'route.lua\n8\nreturn 1tiers.lua\n9\nreturn {}' | sha256sum
    EXPECT_EQ(made->hash(), sha256_hex("route.lua\n8\nreturn 1tiers.lua\n9\nreturn {}"));
    EXPECT_EQ(made->label(), "eu@" + made->hash().substr(0, 12));
    const auto other_order = Bundle::make("us", {{"route.lua", "return 1"}, {"tiers.lua", "return {}"}});
    EXPECT_EQ(other_order->hash(), made->hash());
    const auto other_text = Bundle::make("eu", {{"route.lua", "return 1 "}, {"tiers.lua", "return {}"}});
    EXPECT_NE(other_text->hash(), made->hash());
}

TEST(Bundle, HashesAsTheStandardSays) {
    EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_number("abc"), 0xba7816bf8f01cfeaULL);
}

TEST(Bundle, FindsAFileByItsName) {
    const auto made = Bundle::make("eu", {kRoute, {"route_spec.lua", ""}});
    ASSERT_TRUE(made);
    ASSERT_NE(made->find("route.lua"), nullptr);
    EXPECT_EQ(*made->find("route.lua"), kRoute);
    EXPECT_EQ(made->find("route"), nullptr);
    EXPECT_TRUE(made->find("route_spec.lua")->is_spec());
    EXPECT_FALSE(made->find("route.lua")->is_spec());
}

TEST(Bundle, RefusesWhatIsNoBundle) {
    EXPECT_EQ(
        message(Bundle::make("eu", {})),
        "bundle eu has no hook; it needs at least one of admit.lua, experiment.lua, route.lua, fallback.lua, "
        "label.lua, price.lua, guard_request.lua, guard_window.lua, guard_response.lua"
    );
    EXPECT_EQ(
        message(Bundle::make("eu", {{"route.lua", "\x1bLJ"}})),
        "route.lua is compiled Lua, which cannot be checked; give its source"
    );
    EXPECT_EQ(message(Bundle::make("eu", {kRoute, kRoute})), "bundle eu has route.lua twice");
    EXPECT_EQ(
        message(Bundle::make("eu", {{"route.lua", std::string(Bundle::kFileBytesMax + 1, ' ')}})),
        "route.lua has 262145 bytes; a file may have 262144"
    );
    std::vector<SourceFile> many;
    for (std::size_t i = 0; i <= Bundle::kFilesMax; ++i) {
        many.push_back({"m" + std::to_string(i) + ".lua", ""});
    }
    EXPECT_EQ(message(Bundle::make("eu", many)), "bundle eu has 65 files; it may have 64");
    for (const auto* name : {"../route.lua", "Route.lua", ".lua", "route.lua.lua", "a b.lua", "route.txt"}) {
        EXPECT_EQ(
            message(Bundle::make("eu", {kRoute, {name, ""}})),
            "\"" + std::string(name) +
                "\" cannot be the name of a policy file; take lower-case letters, digits and _, then .lua, .csv or "
                ".json"
        );
    }
}

TEST(Bundle, IsReadFromAFolder) {
    const auto made = Bundle::load(AIHUB_TESTS_DIR "/policy/bundles/small/");
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->name(), "small");
    ASSERT_EQ(made->files().size(), 2U);
    EXPECT_EQ(made->files()[0].name, "route.lua");
    EXPECT_EQ(made->files()[1].name, "tiers.lua");
}

TEST(Bundle, BringsDataAndAManifest) {
    const auto made = Bundle::make(
        "eu",
        {kRoute,
         {"prices.csv", "model:text,input:money\nm,0.15\n"},
         {"limits.json", R"({"gold": 5})"},
         {"bundle.json", R"({"author": "somebody", "on_error": {"route": "refuse"}})"}}
    );
    ASSERT_TRUE(made) << made.error().message;
    ASSERT_NE(made->data("prices"), nullptr);
    EXPECT_NE(std::get<DataTable>(made->data("prices")->content).find("m"), nullptr);
    ASSERT_NE(made->data("limits"), nullptr);
    EXPECT_EQ(made->data("bundle"), nullptr);
    EXPECT_EQ(made->data("route"), nullptr);
    EXPECT_EQ(made->manifest().author, "somebody");
    EXPECT_EQ(made->manifest().on_error_or(Hook::route, OnError::ordinary), OnError::refuse);
    const auto other = Bundle::make("eu", {kRoute, {"prices.csv", "model:text,input:money\nm,0.16\n"}});
    const auto same = Bundle::make("eu", {kRoute, {"prices.csv", "model:text,input:money\nm,0.15\n"}});
    ASSERT_TRUE(other && same);
    EXPECT_NE(other->hash(), same->hash());
}

TEST(Bundle, SaysWhatIsWrongWithData) {
    EXPECT_EQ(
        message(Bundle::make("eu", {kRoute, {"prices.csv", "model:text,input:money\nm,0.15 USD\n"}})),
        "prices.csv:2: input: \"0.15 USD\" is no amount of money; write digits with a point, at most 12 in front of it "
        "and 12 behind it, such as 12.34"
    );
    EXPECT_EQ(
        message(Bundle::make("eu", {kRoute, {"a.csv", "model:text\n"}, {"a.json", "1"}})),
        "the data \"a\" are there twice; keep one of a.csv and a.json"
    );
    EXPECT_EQ(message(Bundle::make("eu", {kRoute, {"bundle.json", "[]"}})), "bundle.json: it has to be an object");
}

// What it lacks would decide nothing, and nobody would know.
TEST(Bundle, IsNotReadWithoutAFileThatItNames) {
    const testing::TempDir folder;
    testing::write_file(folder.file("route.lua"), "return function() end\n");
    std::filesystem::create_symlink(folder.file("away.lua"), folder.file("admit.lua"));
    EXPECT_NE(message(Bundle::load(folder.path())).find("admit.lua is named like a file"), std::string::npos);
}

TEST(Bundle, SaysWhyAFolderCannotBeRead) {
    EXPECT_EQ(message(Bundle::load("/nowhere")), "/nowhere is not a folder; name the one that has the policy files");
}

}  // namespace
}  // namespace aihub::policy
