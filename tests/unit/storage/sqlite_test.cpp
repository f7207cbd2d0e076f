#include "storage/sqlite.hpp"

#include "storage_fixture.hpp"
#include "support/processes.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>

namespace aihub::storage {
namespace {

using ::testing::HasSubstr;

class SqliteTest : public StorageTest {
protected:
    static unsigned mode_of(const std::string& path) {
        struct stat status {};
        EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
        return status.st_mode & 0777U;
    }
};

TEST_F(SqliteTest, only_the_owner_can_read_what_it_makes) {
    DatabaseOptions wanted;
    wanted.url = "sqlite:" + directory.file("a/b/aihub.db");
    auto database = open(wanted);
    auto session = database->session();
    ASSERT_TRUE(execute(*session, "CREATE TABLE t (a INTEGER)"));
    EXPECT_EQ(mode_of(directory.file("a")), 0700U);
    EXPECT_EQ(mode_of(directory.file("a/b")), 0700U);
    EXPECT_EQ(mode_of(directory.file("a/b/aihub.db")), 0600U);
    EXPECT_EQ(mode_of(directory.file("a/b/aihub.db-wal")), 0600U);
}

TEST_F(SqliteTest, the_documented_settings_hold_on_every_session) {
    auto database = open();
    auto first = database->session();
    for (int i = 0; i < 2; ++i) {                               // `first` is held, so these are the second session
        EXPECT_EQ(number(*database, "PRAGMA synchronous"), 2);  // FULL
        EXPECT_EQ(number(*database, "PRAGMA foreign_keys"), 1);
        EXPECT_EQ(number(*database, "PRAGMA busy_timeout"), 5000);
        EXPECT_EQ(number(*database, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"), 1);
    }
}

TEST_F(SqliteTest, what_cannot_be_opened_is_unavailable_with_its_name) {
    std::filesystem::create_directories(directory.file("var/aihub.db"));
    const auto a_directory = Database::open(options(), clock, metrics);
    ASSERT_FALSE(a_directory);
    EXPECT_EQ(a_directory.error().code, Errc::unavailable);
    EXPECT_THAT(a_directory.error().message, HasSubstr(path()));

    aihub::testing::write_file(directory.file("plain"), "x");
    DatabaseOptions below_a_file;
    below_a_file.url = "sqlite:" + directory.file("plain/aihub.db");
    const auto no_directory = Database::open(below_a_file, clock, metrics);
    ASSERT_FALSE(no_directory);
    EXPECT_EQ(no_directory.error().code, Errc::unavailable);
    EXPECT_THAT(no_directory.error().message, HasSubstr("plain"));
}

TEST_F(SqliteTest, a_file_that_is_no_database_is_told_from_a_missing_one) {
    std::filesystem::create_directories(directory.file("var"));
    aihub::testing::write_file(path(), std::string(4096, 'x'));
    const auto database = Database::open(options(), clock, metrics);
    ASSERT_FALSE(database);
    EXPECT_EQ(database.error().reason, "database_damaged");
    // It is left as it was.
    EXPECT_EQ(aihub::testing::read_file(path()), std::string(4096, 'x'));
}

TEST_F(SqliteTest, processes_may_make_it_at_once) {
    EXPECT_EQ(
        aihub::testing::succeed_in_processes(
            6, [&](int) { return Database::open(options(), clock, metrics).has_value(); }
        ),
        6
    );
    EXPECT_EQ(mode_of(path()), 0600U);
}

}  // namespace
}  // namespace aihub::storage
