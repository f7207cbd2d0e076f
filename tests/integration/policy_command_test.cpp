// `aihub policy`, as an operator types it.
#include "support/posix.hpp"
#include "support/server_process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

namespace aihub::testing {
namespace {

using ::testing::HasSubstr;

class PolicyCommand : public ::testing::Test {
protected:
    void write(const std::string& name, const std::string& text) { std::ofstream(file(name)) << text; }
    [[nodiscard]] std::string file(const std::string& name) const { return directory.path() + "/" + name; }
    [[nodiscard]] Finished policy(std::vector<std::string> words) const {
        words.insert(words.begin(), {binary_path(), "policy"});
        return run_program(words, directory.path());
    }

    TempDir directory;
};

TEST_F(PolicyCommand, LintSaysFileAndLine) {
    write("route.lua", "return function(ctx)\n  return contxt.model\nend\n");
    const auto ended = policy({"lint", directory.path()});
    EXPECT_EQ(ended.status, 1);
    EXPECT_THAT(
        ended.out, HasSubstr("/route.lua:2: there is no \"contxt\"; declare it with `local`, or correct the name\n")
    );
    write("route.lua", "return function(ctx)\n  return ctx.model\nend\n");
    const auto good = policy({"lint", directory.path()});
    EXPECT_EQ(good.status, 0);
    EXPECT_THAT(good.out, HasSubstr("nothing to complain of; hash "));
}

TEST_F(PolicyCommand, LintComparesNamesWithTheConfiguration) {
    write(
        "route.lua",
        "return function(ctx)\n  return { candidates = { { provider = 'est', model = ctx.model } } }\nend\n"
    );
    write("aihub.yaml", "providers:\n  east: {plugin: aihub.provider.simulator}\n");
    EXPECT_EQ(policy({"lint", directory.path()}).status, 0);
    const auto ended = policy({"lint", directory.path(), "--config", file("aihub.yaml")});
    EXPECT_EQ(ended.status, 1);
    EXPECT_THAT(ended.out, HasSubstr("/route.lua:2: the configuration has no provider \"est\"\n")) << ended.err;
}

TEST_F(PolicyCommand, TestRunsSpecs) {
    write("admit.lua", "return function(ctx)\n  return { allow = ctx.stream, code = 'c', message = 'm' }\nend\n");
    const auto none = policy({"test", directory.path()});
    EXPECT_EQ(none.status, 1);
    EXPECT_THAT(none.err, HasSubstr("has no specs; write route_spec.lua"));
    write(
        "admit_spec.lua",
        "it('streams', function() expect(aihub.test.admit({ stream = true }).allow).to_be(true) end)\n"
    );
    const auto good = policy({"test", directory.path()});
    EXPECT_EQ(good.status, 0) << good.err;
    EXPECT_THAT(good.out, HasSubstr("1 passed, 0 failed\n"));
    write("admit_spec.lua", "it('streams', function() expect(aihub.test.admit().allow).to_be(true) end)\n");
    const auto bad = policy({"test", directory.path()});
    EXPECT_EQ(bad.status, 1);
    EXPECT_THAT(bad.out, HasSubstr("FAILED admit_spec.lua: streams\n  admit_spec.lua:1: expected true, got false\n"));
}

TEST_F(PolicyCommand, SelfCheckPasses) {
    const auto ended = policy({"self-check"});
    EXPECT_EQ(ended.status, 0) << ended.err;
    EXPECT_THAT(ended.out, HasSubstr("scripts were held\n"));
}

TEST_F(PolicyCommand, SaysWhatIsWrongWithTheCommandLine) {
    EXPECT_EQ(policy({}).status, 2);
    EXPECT_EQ(policy({"--help"}).status, 0);
    const auto nothing = policy({"lint"});
    EXPECT_EQ(nothing.status, 2);
    EXPECT_THAT(nothing.err, HasSubstr("name the folder of the policies"));
    const auto nowhere = policy({"lint", file("nowhere")});
    EXPECT_EQ(nowhere.status, 1);
    EXPECT_THAT(nowhere.err, HasSubstr("is not a folder; name the one that has the policy files"));
}

}  // namespace
}  // namespace aihub::testing
