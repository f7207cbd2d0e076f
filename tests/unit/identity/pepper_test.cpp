#include "identity/pepper.hpp"

#include "support/posix.hpp"
#include "support/processes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

namespace aihub::identity {
namespace {

using aihub::testing::read_file;
using aihub::testing::write_file;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class PepperTest : public ::testing::Test {
protected:
    void put(const std::string& text, mode_t mode = 0600) const {
        write_file(file, text);
        ASSERT_EQ(::chmod(file.c_str(), mode), 0);
    }
    void expect_refused(const std::string& says) const {
        const std::string before = read_file(file);
        const auto pepper = load_or_make_pepper(file);
        ASSERT_FALSE(pepper);
        EXPECT_THAT(pepper.error().message, HasSubstr(says));
        EXPECT_THAT(pepper.error().message, HasSubstr(file));
        EXPECT_EQ(read_file(file), before);
    }

    aihub::testing::TempDir directory;
    std::string file = directory.file("pepper");
};

TEST_F(PepperTest, is_made_once_for_the_owner_only) {
    file = directory.file("new/var/pepper");
    const auto made = load_or_make_pepper(file);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->expose().size(), 32U);
    struct stat status {};
    ASSERT_EQ(::stat(file.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    ASSERT_EQ(::stat(directory.file("new/var").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0700U);
    EXPECT_THAT(read_file(file), MatchesRegex("v1:[0-9a-f]+\n"));

    const auto again = load_or_make_pepper(file);
    ASSERT_TRUE(again);
    EXPECT_TRUE(*made == *again);
    // Nothing but the pepper stays behind.
    const std::filesystem::directory_iterator files(directory.file("new/var"));
    EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

TEST_F(PepperTest, reads_the_documented_format) {
    std::string hex;
    for (int i = 0; i < 32; ++i) {
        hex += "0f";
    }
    put("v1:" + hex);
    const auto pepper = load_or_make_pepper(file);
    ASSERT_TRUE(pepper) << pepper.error().message;
    EXPECT_EQ(pepper->expose(), std::string(32, '\x0f'));
}

TEST_F(PepperTest, a_bad_file_is_refused_and_kept) {
    const std::string digits(64, 'a');
    put("");
    expect_refused("is empty; restore it from a back-up");
    for (const auto& text :
         {digits,
          "v2:" + digits,
          "v1:" + digits.substr(1),
          "v1:" + digits + "a",
          "v1:" + std::string(64, 'g'),
          "v1:" + digits + "\n\n\n",
          std::string("v1:")}) {
        put(text);
        expect_refused("is not v1: and 64 hex digits; restore it");
    }
    for (const mode_t mode : {0640U, 0604U, 0644U, 0620U}) {
        put("v1:" + digits, mode);
        expect_refused("chmod 600");
    }
}

TEST_F(PepperTest, what_is_no_file_is_refused) {
    std::filesystem::create_directory(file);
    const auto pepper = load_or_make_pepper(file);
    ASSERT_FALSE(pepper);
    EXPECT_THAT(pepper.error().message, HasSubstr("regular file"));
}

TEST_F(PepperTest, processes_that_make_it_at_once_get_the_same) {
    constexpr int kProcesses = 8;
    EXPECT_EQ(
        aihub::testing::succeed_in_processes(
            kProcesses,
            [&](int i) {
                const auto pepper = load_or_make_pepper(file);
                if (pepper) {
                    write_file(directory.file("got" + std::to_string(i)), pepper->expose());
                }
                return pepper.has_value();
            }
        ),
        kProcesses
    );
    const auto pepper = load_or_make_pepper(file);
    ASSERT_TRUE(pepper);
    for (int i = 0; i < kProcesses; ++i) {
        EXPECT_EQ(read_file(directory.file("got" + std::to_string(i))), pepper->expose()) << i;
    }
}

}  // namespace
}  // namespace aihub::identity
