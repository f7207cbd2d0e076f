#include "storage/database.hpp"

#include "base/thread_kind.hpp"
#include "storage_fixture.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <thread>
#include <vector>

namespace aihub::storage {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

class DatabaseTest : public StorageTest {
protected:
    [[nodiscard]] std::unique_ptr<Database> open_with_table(const DatabaseOptions& wanted) {
        auto database = open(wanted);
        auto session = database->session();
        EXPECT_TRUE(execute(*session, "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT NOT NULL DEFAULT '')"));
        return database;
    }
};

TEST_F(DatabaseTest, committed_rows_are_there_and_others_are_not) {
    auto database = open_with_table(options());
    {
        auto transaction = database->begin(Access::write);
        ASSERT_TRUE(transaction);
        ASSERT_TRUE(execute(*transaction, "INSERT INTO t (a) VALUES (1)"));
        ASSERT_TRUE(transaction->commit());
    }
    {
        auto transaction = database->begin(Access::write);
        ASSERT_TRUE(transaction);
        ASSERT_TRUE(execute(*transaction, "INSERT INTO t (a) VALUES (2)"));
    }
    EXPECT_EQ(number(*database, "SELECT count(*) FROM t"), 1);
    EXPECT_EQ(number(*database, "SELECT a FROM t"), 1);
}

TEST_F(DatabaseTest, a_moved_transaction_ends_once) {
    auto database = open_with_table(options());
    {
        auto first = database->begin(Access::write);
        ASSERT_TRUE(first);
        ASSERT_TRUE(execute(*first, "INSERT INTO t (a) VALUES (1)"));
        Transaction second = *std::move(first);
        ASSERT_TRUE(second.commit());
    }
    EXPECT_EQ(number(*database, "SELECT count(*) FROM t"), 1);
}

TEST_F(DatabaseTest, rows_survive_a_new_start) {
    {
        auto database = open_with_table(options());
        auto session = database->session();
        ASSERT_TRUE(execute(*session, "INSERT INTO t (a) VALUES (7)"));
    }
    auto database = open();
    EXPECT_EQ(number(*database, "SELECT a FROM t"), 7);
}

TEST_F(DatabaseTest, a_full_disk_is_unavailable_and_passes) {
    DatabaseOptions wanted = options();
    wanted.sessions = 1;  // max_page_count belongs to a connection
    auto database = open_with_table(wanted);
    {
        auto session = database->session();
        ASSERT_TRUE(execute(*session, "PRAGMA max_page_count=10"));
    }
    Result<void> outcome;
    {
        auto transaction = database->begin(Access::write);
        ASSERT_TRUE(transaction);
        ASSERT_TRUE(execute(*transaction, "INSERT INTO t (a) VALUES (1)"));
        outcome = execute(*transaction, "INSERT INTO t (b) VALUES (hex(randomblob(100000)))");
    }
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Errc::unavailable);
    EXPECT_EQ(outcome.error().reason, "database_full");
    EXPECT_EQ(number(*database, "SELECT count(*) FROM t"), 0);
    // The pool of one goes on working.
    auto transaction = database->begin(Access::write);
    ASSERT_TRUE(transaction) << transaction.error().message;
    EXPECT_TRUE(execute(*transaction, "INSERT INTO t (a) VALUES (2)"));
    EXPECT_TRUE(transaction->commit());
}

TEST_F(DatabaseTest, a_lock_of_another_connection_is_waited_for_and_then_unavailable) {
    DatabaseOptions wanted = options();
    wanted.busy_wait = milliseconds(20);
    auto database = open_with_table(wanted);
    auto holder = database->begin(Access::write);
    ASSERT_TRUE(holder);
    const auto other = database->begin(Access::write);
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, Errc::unavailable);
    EXPECT_EQ(other.error().reason, "database_busy");
    // Readers are not held up.
    EXPECT_EQ(number(*database, "SELECT count(*) FROM t"), 0);
}

TEST_F(DatabaseTest, the_wait_for_a_session_is_bounded) {
    DatabaseOptions wanted = options();
    wanted.sessions = 1;
    wanted.session_wait = milliseconds(20);
    auto database = open(wanted);
    {
        auto held = database->session();
        ASSERT_TRUE(held);
        const auto second = database->session();
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().code, Errc::unavailable);
        EXPECT_THAT(second.error().message, HasSubstr("within 20 ms"));
    }
    EXPECT_TRUE(database->session());
}

TEST_F(DatabaseTest, many_threads_share_few_sessions) {
    DatabaseOptions wanted = options();
    wanted.sessions = 2;
    wanted.session_wait = wanted.busy_wait = milliseconds(60000);
    auto database = open_with_table(wanted);
    constexpr int kThreads = 6;
    constexpr int kRows = 20;
    std::atomic<int> stored{0};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < kThreads; ++i) {
            threads.emplace_back([&] {
                for (int row = 0; row < kRows; ++row) {
                    auto transaction = database->begin(Access::write);
                    if (transaction && execute(*transaction, "INSERT INTO t (b) VALUES ('x')") &&
                        transaction->commit()) {
                        ++stored;
                    }
                }
            });
        }
    }
    EXPECT_EQ(stored.load(), kThreads * kRows);
    EXPECT_EQ(number(*database, "SELECT count(*) FROM t"), kThreads * kRows);
}

TEST_F(DatabaseTest, a_call_on_an_event_loop_is_refused) {
    auto database = open();
    const auto call = [&] {
        set_thread_kind(ThreadKind::loop);
        const auto session = database->session();
        set_thread_kind(ThreadKind::any);
        return session ? Errc::unavailable : session.error().code;
    };
#ifdef NDEBUG
    EXPECT_EQ(call(), Errc::internal);
    EXPECT_EQ(metrics.counter("aihub_storage_calls_on_loop_total", "").value(), 1U);
#else
    EXPECT_DEATH((void)call(), "called on an event loop");
#endif
}

}  // namespace
}  // namespace aihub::storage
