#include "app/self_check_child.hpp"

#include "support/posix.hpp"
#include "support/server_process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <string>

namespace aihub::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

class SelfCheckChild : public ::testing::Test {
protected:
    // The outcome with a shell script in place of the program.
    std::string outcome(const std::string& script, milliseconds patience = seconds(10)) {
        const auto program = directory.file("program");
        aihub::testing::write_file(program, "#!/bin/sh\n" + script);
        ::chmod(program.c_str(), 0700);
        const auto checked = self_check_by_child(program, clock, patience);
        return checked ? "passed" : checked.error().message;
    }

    aihub::testing::TempDir directory;
    const SystemClock clock;
};

TEST_F(SelfCheckChild, TellsHowItEnded) {
    EXPECT_EQ(outcome("test \"$1 $2\" = 'policy self-check'"), "passed");
    EXPECT_EQ(outcome("echo 'error: \"loop\" was not stopped' >&2; exit 1"), "\"loop\" was not stopped");
    EXPECT_EQ(outcome("exit 1"), "the self-check of policies ended without a word");
    EXPECT_EQ(outcome("kill -SEGV $$"), "the self-check of policies ended without a word");
}

TEST_F(SelfCheckChild, OneThatDoesNotEndIsEndedWithWhatItStarted) {
    const auto pid_file = directory.file("pid");
    EXPECT_EQ(
        outcome("tail -f /dev/null & echo $! > " + pid_file + "; wait", milliseconds(500)),
        "the self-check of policies did not end in time"
    );
    const auto pid = aihub::testing::read_file(pid_file);
    ASSERT_FALSE(pid.empty());
    // Killed; what is left of it is a process that nobody has waited for, or nothing.
    EXPECT_TRUE(aihub::testing::eventually([&] {
        const auto status = aihub::testing::read_file("/proc/" + pid.substr(0, pid.find('\n')) + "/stat");
        return status.empty() || status.find(") Z") != std::string::npos;
    }));
}

TEST_F(SelfCheckChild, SaysThatItCouldNotBeStarted) {
    const auto checked = self_check_by_child(directory.file("nothing"), clock, seconds(1));
    ASSERT_FALSE(checked);
    EXPECT_THAT(checked.error().message, HasSubstr("cannot be started: "));
}

}  // namespace
}  // namespace aihub::app
