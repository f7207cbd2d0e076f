// `aihub policy activate`, `rollback`, `history` and `status`, as an operator types them.
#include "support/posix.hpp"
#include "support/server_process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <string>
#include <vector>

namespace aihub::testing {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class PolicyActivation : public ::testing::Test {
protected:
    void SetUp() override { ::mkdir(directory.file("eu").c_str(), 0700); }
    // Makes the folder hold one policy, with `note` in it.
    void edit(const std::string& note) const {
        write_file(
            directory.file("eu/route.lua"),
            "return function(ctx) -- " + note + "\n return { candidates = ctx.candidates }\nend\n"
        );
    }
    [[nodiscard]] Finished policy(std::vector<std::string> words) const {
        words.insert(words.begin(), {binary_path(), "policy"});
        return run_program(words, directory.path());
    }
    // Runs it and gives what it said.
    [[nodiscard]] std::string said(const std::vector<std::string>& words) const {
        const auto ended = policy(words);
        EXPECT_EQ(ended.status, 0) << ended.err;
        return ended.out;
    }
    // Activates the folder as it is and gives the hash that is shown.
    std::string activate() const {
        const auto text = said({"activate", "eu"});
        const auto at = text.find('@');
        return at == std::string::npos ? text : text.substr(at + 1, 12);
    }

    TempDir directory;
};

TEST_F(PolicyActivation, ABundleGoesThroughItsStages) {
    EXPECT_THAT(said({"status"}), StartsWith("active  none\n"));
    EXPECT_THAT(said({"history"}), HasSubstr("begin with: aihub policy activate DIR"));
    edit("one");
    const auto one = activate();
    EXPECT_THAT(said({"status"}), ContainsRegex("^active  eu@" + one + "  full  since 20.*Z  by .+@"));
    edit("two");
    const auto shadow = said({"activate", "eu", "--stage", "shadow", "--comment", "for spring"});
    EXPECT_THAT(shadow, ContainsRegex("^eu@[0-9a-f]+ runs in shadow: .*\\(version 2\\)\n$"));
    const auto two = shadow.substr(3, 12);
    EXPECT_THAT(
        said({"activate", two, "--stage=canary", "--share=2.5"}), HasSubstr("decides for 2.5 % of the callers")
    );
    const auto status = said({"status"});
    EXPECT_THAT(status, HasSubstr("active     eu@" + one + "  full "));
    EXPECT_THAT(status, HasSubstr("candidate  eu@" + two + "  canary 2.5 %"));
    EXPECT_EQ(said({"activate", two, "--expected", two}), "eu@" + two + " is active (version 4)\n");

    EXPECT_EQ(said({"rollback", "--comment", "too early"}), "eu@" + one + " is active (version 5)\n");
    EXPECT_EQ(said({"rollback", two.substr(0, 6)}), "eu@" + two + " is active (version 6)\n");
    EXPECT_EQ(said({"activate", "none"}), "no policies are active (version 7)\n");
    const auto history = said({"history"});
    EXPECT_THAT(history, ContainsRegex("^VERSION  BUNDLE .*\n7        none  .*\n6        eu@" + two));
    EXPECT_THAT(history, ContainsRegex("5        eu@" + one + "  full .*  too early\n"));
    EXPECT_THAT(history, ContainsRegex("2        eu@" + two + "  shadow .*  for spring\n"));
    EXPECT_THAT(said({"history", "-n", "1"}), Not(HasSubstr("\n6 ")));
}

TEST_F(PolicyActivation, WithAFindingNothingChanges) {
    edit("one");
    const auto one = activate();
    write_file(directory.file("eu/route.lua"), "return function(ctx)\n return contxt\nend\n");
    const auto misspelt = policy({"activate", "eu"});
    EXPECT_EQ(misspelt.status, 1);
    EXPECT_THAT(misspelt.err, HasSubstr("eu/route.lua:2: there is no \"contxt\""));
    EXPECT_THAT(misspelt.err, HasSubstr("was not activated; correct what is named above"));
    edit("three");
    write_file(directory.file("eu/route_spec.lua"), "it('works', function() expect(1).to_be(2) end)\n");
    const auto failed = policy({"activate", "eu"});
    EXPECT_EQ(failed.status, 1);
    EXPECT_THAT(failed.err, HasSubstr("eu/route_spec.lua: spec \"works\" failed: route_spec.lua:1: expected 2, got 1"));
    EXPECT_THAT(said({"status"}), HasSubstr("eu@" + one));
}

TEST_F(PolicyActivation, WhoComesSecondIsTold) {
    edit("one");
    const auto one = activate();
    edit("two");
    const auto late = policy({"activate", "eu", "--expected", "none"});
    EXPECT_EQ(late.status, 1);
    EXPECT_THAT(late.err, HasSubstr("no bundle was expected to be the last that was activated, but eu@" + one));
    EXPECT_THAT(said({"status"}), HasSubstr("eu@" + one));
}

TEST_F(PolicyActivation, WithAFolderInTheConfigurationThereIsNothingToActivate) {
    edit("one");
    write_file(directory.file("aihub.yaml"), "policies: {folder: eu}\n");
    for (const auto* command : {"activate", "rollback"}) {
        const auto refused = policy({command, "eu", "--config", "aihub.yaml"});
        EXPECT_EQ(refused.status, 1);
        EXPECT_THAT(refused.err, HasSubstr("takes its policies from the folder eu, not from the database"));
    }
    EXPECT_THAT(said({"status"}), StartsWith("active  none\n"));
}

TEST_F(PolicyActivation, SaysWhatIsWrongWithTheCommandLine) {
    edit("one");
    const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
        {{"activate"}, "say which: a folder, a hash, or none; see aihub policy activate --help"},
        {{"activate", "eu", "--stage", "half"}, "there are shadow, canary and full"},
        {{"activate", "eu", "--share", "5"}, "add --stage canary"},
        {{"activate", "eu", "--stage", "canary", "--share", "0"}, "from 0.01 to 100, as in 5 or 0.5"},
        {{"activate", "eu", "--stage", "canary", "--share", "100.01"}, "from 0.01 to 100, as in 5 or 0.5"},
        {{"activate", "eu", "--stage", "canary", "--share", "1.234"}, "from 0.01 to 100, as in 5 or 0.5"},
        {{"history", "-n", "0"}, "write a number from 1 to 1000"},
    };
    for (const auto& [words, text] : cases) {
        const auto ended = policy(words);
        EXPECT_EQ(ended.status, 2) << words.back();
        EXPECT_THAT(ended.err, HasSubstr(text));
    }
    EXPECT_THAT(policy({"activate", "us"}).err, HasSubstr("us is not a folder; if it shall be a hash: name a bundle"));
    EXPECT_THAT(policy({"activate", "./us"}).err, HasSubstr("./us is not a folder"));
    EXPECT_THAT(policy({"activate", "abcdef"}).err, HasSubstr("no bundle is stored whose hash begins with abcdef"));
    EXPECT_THAT(policy({"rollback"}).err, HasSubstr("so there is nothing to take back"));
    EXPECT_THAT(said({"status"}), StartsWith("active  none\n"));
}

}  // namespace
}  // namespace aihub::testing
