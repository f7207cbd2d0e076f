#include "app/config_watch.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

namespace aihub::app {
namespace {

class ConfigWatchTest : public ::testing::Test {
protected:
    void TearDown() override { std::remove(file.c_str()); }
    void write(const std::string& text) const { std::ofstream(file) << text; }

    const std::string file = ::testing::TempDir() + "config_watch_" + std::to_string(::getpid()) + ".yaml";
};

TEST_F(ConfigWatchTest, AChangeIsToldOnceWhenItHasSettled) {
    write("a");
    ConfigWatch watch(file);
    EXPECT_FALSE(watch.look());
    write("half");
    EXPECT_FALSE(watch.look());
    write("half and the rest");
    EXPECT_FALSE(watch.look());
    EXPECT_TRUE(watch.look());
    EXPECT_FALSE(watch.look());
}

TEST_F(ConfigWatchTest, AFileThatIsAwayIsWaitedFor) {
    write("a");
    ConfigWatch watch(file);
    std::remove(file.c_str());
    EXPECT_FALSE(watch.look());
    EXPECT_FALSE(watch.look());
    write("b");
    EXPECT_FALSE(watch.look());
    EXPECT_TRUE(watch.look());
}

TEST_F(ConfigWatchTest, TheSameContentAgainIsNoChange) {
    write("a");
    ConfigWatch watch(file);
    write("b");
    EXPECT_FALSE(watch.look());
    write("a");
    EXPECT_FALSE(watch.look());
    EXPECT_FALSE(watch.look());
}

TEST_F(ConfigWatchTest, OtherFilesCountAsTheyAreInUse) {
    write("certificate");
    ConfigWatch watch("");
    watch.also({{file, std::hash<std::string_view>()("certificate")}});
    EXPECT_FALSE(watch.look());
    EXPECT_FALSE(watch.look());
    write("renewed");
    EXPECT_FALSE(watch.look());
    EXPECT_TRUE(watch.look());
    // It was refused: what is in use is still the old one, and it is not tried again until it changes.
    watch.also({{file, std::hash<std::string_view>()("certificate")}});
    EXPECT_FALSE(watch.look());
    EXPECT_FALSE(watch.look());
    watch.also({});
    write("once more");
    EXPECT_FALSE(watch.look());
    EXPECT_FALSE(watch.look());
}

TEST_F(ConfigWatchTest, NoChangeIsMissedBetweenReadingAndTheFirstLook) {
    write("renewed already");
    ConfigWatch watch("");
    watch.also({{file, std::hash<std::string_view>()("certificate")}});
    EXPECT_FALSE(watch.look());
    EXPECT_TRUE(watch.look());
}

TEST_F(ConfigWatchTest, WithoutAFileThereIsNothingToSee) {
    ConfigWatch watch("");
    EXPECT_FALSE(watch.look());
    EXPECT_FALSE(watch.look());
}

}  // namespace
}  // namespace aihub::app
