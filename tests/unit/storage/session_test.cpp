#include "storage/session.hpp"

#include "storage_fixture.hpp"

#include <gmock/gmock.h>

#include <typeinfo>

namespace aihub::storage {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SessionTest : public StorageTest {
protected:
    // The error of a statement that must fail.
    static Error error_of(Session& session, const std::string& statement) {
        const auto outcome = execute(session, statement);
        EXPECT_FALSE(outcome) << statement;
        return outcome ? Error{} : outcome.error();
    }
};

TEST_F(SessionTest, a_constraint_is_a_conflict) {
    auto database = open();
    auto session = database->session();
    ASSERT_TRUE(execute(*session, "CREATE TABLE t (a INTEGER PRIMARY KEY)"));
    ASSERT_TRUE(execute(*session, "INSERT INTO t VALUES (1)"));
    const auto twice = error_of(*session, "INSERT INTO t VALUES (1)");
    EXPECT_EQ(twice.code, Errc::conflict);
    EXPECT_EQ(twice.reason, "constraint");
    EXPECT_EQ(twice.message, "the database refused a value: UNIQUE constraint failed: t.a");
}

TEST_F(SessionTest, a_wrong_statement_is_our_fault_and_its_text_is_not_shown) {
    auto database = open();
    auto session = database->session();
    const auto nonsense = error_of(*session, "INSERT INTO nowhere VALUES ('s3cret')");
    EXPECT_EQ(nonsense.code, Errc::internal);
    EXPECT_EQ(nonsense.reason, "statement");
    EXPECT_THAT(nonsense.message, HasSubstr("no such table"));
    EXPECT_THAT(nonsense.message, Not(HasSubstr("s3cret")));
}

TEST_F(SessionTest, a_read_only_database_is_unavailable) {
    auto database = open();
    auto session = database->session();
    ASSERT_TRUE(execute(*session, "CREATE TABLE t (a INTEGER PRIMARY KEY)"));
    ASSERT_TRUE(execute(*session, "PRAGMA query_only=ON"));
    const auto refused = error_of(*session, "INSERT INTO t VALUES (1)");
    EXPECT_EQ(refused.code, Errc::unavailable);
    EXPECT_EQ(refused.reason, "database_read_only");
}

TEST_F(SessionTest, no_exception_leaves) {
    auto database = open();
    auto session = database->session();
    const auto outcome = run_sql(*session, [](soci::session&) -> Result<int> { throw std::bad_cast(); });
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Errc::internal);
    const auto value = run_sql(*session, [](soci::session&) -> Result<int> { return 7; });
    EXPECT_EQ(*value, 7);
}

}  // namespace
}  // namespace aihub::storage
