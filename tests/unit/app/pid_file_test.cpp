#include "app/pid_file.hpp"

#include "support/posix.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace aihub::app {
namespace {

using ::testing::HasSubstr;

TEST(PidFile, NamesThisProcessUntilItIsRemoved) {
    const testing::TempDir directory;
    PidFile file(directory.file("pid"));
    ASSERT_TRUE(file.write());
    const auto read = PidFile::read(directory.file("pid"));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, ::getpid());
    file.remove();
    EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST(PidFile, LeavesTheFileOfAnother) {
    const testing::TempDir directory;
    PidFile file(directory.file("pid"));
    ASSERT_TRUE(file.write());
    testing::write_file(directory.file("pid"), "4242\n");
    file.remove();
    EXPECT_EQ(testing::read_file(directory.file("pid")), "4242\n");
}

TEST(PidFile, SaysWhereItCannotWrite) {
    PidFile file("/nonexistent/pid");
    const auto written = file.write();
    ASSERT_FALSE(written);
    EXPECT_THAT(written.error().message, HasSubstr("/nonexistent/pid"));
    EXPECT_TRUE(PidFile("").write()) << "no file was asked for";
}

TEST(PidFile, OnlyAProcessIdIsRead) {
    const testing::TempDir directory;
    for (const auto* text : {"", "0", "1", "-5", "12x", "x"}) {
        testing::write_file(directory.file("pid"), text);
        EXPECT_FALSE(PidFile::read(directory.file("pid"))) << text;
    }
}

}  // namespace
}  // namespace aihub::app
