#include "app/policy_folder.hpp"

#include "support/posix.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <string>

namespace aihub::app {
namespace {

using ::testing::HasSubstr;

class PolicyFolderTest : public ::testing::Test {
protected:
    void write(const std::string& text) const { aihub::testing::write_file(directory.file("route.lua"), text); }
    static std::string policy(const std::string& note) {
        return "return function(ctx) -- " + note + "\n return { candidates = ctx.candidates }\nend\n";
    }
    // "same", the text of route.lua, or what is wrong.
    static std::string said(const std::optional<PolicyFolder::Loaded>& loaded) {
        if (!loaded) {
            return "same";
        }
        return *loaded ? (**loaded)->find("route.lua")->text : loaded->error().message;
    }

    aihub::testing::TempDir directory;
};

TEST_F(PolicyFolderTest, AnEditCountsWhenItHasSettled) {
    write(policy("one"));
    PolicyFolder folder(directory.path());
    EXPECT_EQ(said(folder.load()), policy("one"));
    EXPECT_EQ(said(folder.look()), "same");
    write("return function(ctx");
    EXPECT_EQ(said(folder.look()), "same");
    write(policy("two"));
    EXPECT_EQ(said(folder.look()), "same");
    EXPECT_EQ(said(folder.look()), policy("two"));
    EXPECT_EQ(said(folder.look()), "same");
}

TEST_F(PolicyFolderTest, AMistakeIsToldOnceWithItsPlace) {
    write(policy("one"));
    PolicyFolder folder(directory.path());
    ASSERT_TRUE(folder.load());
    write("return function(ctx)\n return contxt\nend\n");
    EXPECT_EQ(said(folder.look()), "same");
    EXPECT_THAT(said(folder.look()), HasSubstr(directory.path() + ": route.lua:2: there is no \"contxt\""));
    EXPECT_EQ(said(folder.look()), "same");
    write(policy("one"));
    EXPECT_EQ(said(folder.look()), "same");
    EXPECT_EQ(said(folder.look()), policy("one"));
}

TEST_F(PolicyFolderTest, AFolderThatIsAwayIsToldAndWaitedFor) {
    PolicyFolder folder(directory.path());
    EXPECT_THAT(said(folder.load()), HasSubstr("has no hook"));
    write(policy("one"));
    EXPECT_EQ(said(folder.look()), "same");
    EXPECT_EQ(said(folder.look()), policy("one"));
    PolicyFolder nowhere(directory.path() + "/nowhere");
    EXPECT_THAT(said(nowhere.load()), HasSubstr("is not a folder"));
    EXPECT_EQ(said(nowhere.look()), "same");
}

TEST_F(PolicyFolderTest, SomebodyWhoAsksDoesNotWait) {
    write(policy("one"));
    PolicyFolder folder(directory.path());
    ASSERT_TRUE(folder.load());
    EXPECT_EQ(said(folder.look_at_once()), "same");
    write(policy("two"));
    EXPECT_EQ(said(folder.look_at_once()), policy("two"));
    EXPECT_EQ(said(folder.look()), "same");
}

TEST_F(PolicyFolderTest, AFailedSpecKeepsTheEditOut) {
    write(policy("one"));
    aihub::testing::write_file(directory.file("route_spec.lua"), "it('x', function() expect(1).to_be(2) end)\n");
    PolicyFolder folder(directory.path());
    EXPECT_THAT(said(folder.load()), HasSubstr("route_spec.lua: spec \"x\" failed: route_spec.lua:1: expected 2"));
}

}  // namespace
}  // namespace aihub::app
