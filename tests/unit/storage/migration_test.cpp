#include "storage/migration.hpp"

#include "storage_fixture.hpp"
#include "support/processes.hpp"

#include <gmock/gmock.h>

namespace aihub::storage {
namespace {

using ::testing::HasSubstr;

const Migration kCreate{1, "create things", {"CREATE TABLE things (a INTEGER)", "INSERT INTO things VALUES (1)"}};
const Migration kAdd{2, "add b", {"ALTER TABLE things ADD COLUMN b INTEGER"}};

class MigrationTest : public StorageTest {};

TEST_F(MigrationTest, each_is_applied_once_and_kept) {
    auto database = open();
    const std::vector<Migration> first{kCreate};
    const std::vector<Migration> both{kCreate, kAdd};
    ASSERT_TRUE(database->migrate("things", first));
    ASSERT_TRUE(database->migrate("things", first));
    EXPECT_EQ(number(*database, "SELECT count(*) FROM things"), 1);
    ASSERT_TRUE(database->migrate("things", both));
    EXPECT_EQ(number(*database, "SELECT count(*) FROM things WHERE b IS NULL"), 1);
    EXPECT_EQ(number(*database, "SELECT count(*) FROM schema_migrations WHERE module = 'things'"), 2);
    EXPECT_EQ(number(*database, "SELECT applied_at FROM schema_migrations WHERE version = 1"), 1'767'225'600'000'000);
    EXPECT_EQ(number(*database, "SELECT name = 'add b' FROM schema_migrations WHERE version = 2"), 1);
}

TEST_F(MigrationTest, modules_count_for_themselves) {
    auto database = open();
    const std::vector<Migration> things{kCreate};
    const std::vector<Migration> others{{1, "create others", {"CREATE TABLE others (a INTEGER)"}}};
    ASSERT_TRUE(database->migrate("things", things));
    ASSERT_TRUE(database->migrate("others", others));
    EXPECT_EQ(number(*database, "SELECT count(*) FROM others"), 0);
}

TEST_F(MigrationTest, one_that_fails_leaves_nothing_behind) {
    auto database = open();
    const std::vector<Migration> broken{kCreate, {2, "broken", {"ALTER TABLE nowhere ADD COLUMN b"}}};
    ASSERT_FALSE(database->migrate("things", broken));
    EXPECT_EQ(number(*database, "SELECT count(*) FROM sqlite_master WHERE name IN ('things', 'schema_migrations')"), 0);
    const std::vector<Migration> mended{kCreate};
    EXPECT_TRUE(database->migrate("things", mended));
}

TEST_F(MigrationTest, a_database_newer_than_the_program_is_refused) {
    auto database = open();
    ASSERT_TRUE(database->migrate("things", std::vector<Migration>{kCreate, kAdd}));
    const auto outcome = database->migrate("things", std::vector<Migration>{kCreate});
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().reason, "database_newer");
    EXPECT_EQ(
        outcome.error().message,
        "the database has version 2 of the things tables, this program knows 1; start the newer program, or restore "
        "the "
        "back-up made before the upgrade"
    );
}

TEST_F(MigrationTest, one_that_was_changed_is_noticed) {
    auto database = open();
    ASSERT_TRUE(database->migrate("things", std::vector<Migration>{kCreate}));
    const auto outcome =
        database->migrate("things", std::vector<Migration>{{1, "create things", {"CREATE TABLE things (a TEXT)"}}});
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Errc::conflict);
    EXPECT_THAT(outcome.error().message, HasSubstr("migration 1 of the things tables"));
}

TEST_F(MigrationTest, processes_may_migrate_at_once) {
    const std::vector<Migration> both{kCreate, kAdd};
    EXPECT_EQ(
        aihub::testing::succeed_in_processes(
            6,
            [&](int) {
                auto database = Database::open(options(), clock, metrics);
                return database && (*database)->migrate("things", both).has_value();
            }
        ),
        6
    );
    auto database = open();
    EXPECT_EQ(number(*database, "SELECT count(*) FROM things"), 1);
}

}  // namespace
}  // namespace aihub::storage
