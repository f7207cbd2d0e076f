#include "storage/bulk_insert.hpp"

#include "storage_fixture.hpp"

#include <gmock/gmock.h>

#include <array>

namespace aihub::storage {
namespace {

using ::testing::HasSubstr;

class BulkInsertTest : public StorageTest {
protected:
    void SetUp() override {
        database = open();
        const std::vector<Migration> things{
            {1, "create things", {"CREATE TABLE things (id INTEGER PRIMARY KEY, count INTEGER, name TEXT NOT NULL)"}}};
        ASSERT_TRUE(database->migrate("things", things));
    }
    // Stores rows with these ids and names.
    Result<void> insert(std::initializer_list<std::pair<std::int64_t, std::string_view>> rows) {
        auto transaction = AIHUB_TRY(database->begin(Access::write));
        auto into = AIHUB_TRY(BulkInsert::prepare(transaction, "things", kColumns));
        for (const auto& [id, name] : rows) {
            into.set(0, id);
            into.set(1, id == 1 ? std::optional<std::uint64_t>() : std::optional<std::uint64_t>(0));
            into.set(2, name);
            AIHUB_CHECK(into.run());
        }
        return transaction.commit();
    }

    static constexpr std::array<std::string_view, 3> kColumns{"id", "count", "name"};
    std::unique_ptr<Database> database;
};

TEST_F(BulkInsertTest, rows_and_their_missing_values_are_stored) {
    ASSERT_TRUE(insert({{1, "one"}, {2, ""}, {3, std::string_view("three!", 5)}}));
    EXPECT_EQ(number(*database, "SELECT count(*) FROM things"), 3);
    EXPECT_EQ(number(*database, "SELECT id FROM things WHERE count IS NULL"), 1);
    EXPECT_EQ(number(*database, "SELECT id FROM things WHERE name = ''"), 2);
    EXPECT_EQ(number(*database, "SELECT id FROM things WHERE name = 'three'"), 3);
}

TEST_F(BulkInsertTest, a_row_that_is_there_stays_as_it_is) {
    ASSERT_TRUE(insert({{2, "old"}}));
    ASSERT_TRUE(insert({{2, "new"}, {3, "other"}}));
    EXPECT_EQ(number(*database, "SELECT count(*) FROM things WHERE name IN ('old', 'other')"), 2);
}

TEST_F(BulkInsertTest, without_a_commit_nothing_is_stored) {
    {
        auto transaction = database->begin(Access::write);
        ASSERT_TRUE(transaction);
        auto into = BulkInsert::prepare(*transaction, "things", kColumns);
        ASSERT_TRUE(into);
        into->set(0, std::int64_t{1});
        into->set(2, std::string_view("one"));
        ASSERT_TRUE(into->run());
    }
    EXPECT_EQ(number(*database, "SELECT count(*) FROM things"), 0);
}

TEST_F(BulkInsertTest, a_wrong_table_and_a_missing_value_are_errors) {
    auto transaction = database->begin(Access::write);
    ASSERT_TRUE(transaction);
    const auto nowhere = BulkInsert::prepare(*transaction, "nowhere", kColumns);
    ASSERT_FALSE(nowhere);
    EXPECT_THAT(nowhere.error().message, HasSubstr("no such table: nowhere"));
    auto into = BulkInsert::prepare(*transaction, "things", kColumns);
    ASSERT_TRUE(into);
    into->set(0, std::int64_t{1});
    const auto missing = into->run();
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().reason, "constraint");
}

}  // namespace
}  // namespace aihub::storage
