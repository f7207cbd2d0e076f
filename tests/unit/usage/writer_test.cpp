#include "usage/writer.hpp"

#include "usage_fixture.hpp"

#include <gmock/gmock.h>

#include <thread>

namespace aihub::usage {
namespace {

using aihub::testing::eventually;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr milliseconds kLong{60000};

class UsageWriterTest : public UsageTest {
protected:
    [[nodiscard]] std::uint64_t counted(const char* name) { return metrics.counter(name, "").value(); }
    // Writes soon, retries soon.
    [[nodiscard]] static WriterOptions quick() {
        WriterOptions options;
        options.flush_interval = milliseconds(1);
        options.retry_first = milliseconds(1);
        options.retry_max = milliseconds(5);
        return options;
    }
    // Any row at most once, and none missing.
    void expect_rows(std::uint64_t rows) {
        EXPECT_EQ(*store->count(), rows);
        EXPECT_EQ(number("SELECT count(DISTINCT request_id) FROM usage_rows"), static_cast<long long>(rows));
        EXPECT_EQ(counted("aihub_usage_rows_written_total"), rows);
    }

    SystemClock real;
};

TEST_F(UsageWriterTest, a_row_is_stored_after_the_interval_without_a_stop) {
    Writer writer(*store, real, log, metrics, quick());
    ASSERT_TRUE(writer.record(row(1)));
    EXPECT_TRUE(eventually([&] { return writer.waiting() == 0; }));
    EXPECT_EQ(*store->count(), 1U);
}

TEST_F(UsageWriterTest, a_full_batch_does_not_wait_for_the_interval) {
    WriterOptions options;
    options.flush_interval = kLong;
    options.batch_rows_max = 10;
    Writer writer(*store, real, log, metrics, options);
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(writer.record(row(i)));
    }
    EXPECT_TRUE(eventually([&] { return writer.waiting() == 0; }));
}

TEST_F(UsageWriterTest, a_stop_stores_everything_in_batches) {
    WriterOptions options;
    options.flush_interval = kLong;
    options.batch_rows_max = 100;
    Writer writer(*store, real, log, metrics, options);
    for (int i = 0; i < 1050; ++i) {
        ASSERT_TRUE(writer.record(row(i)));
    }
    EXPECT_EQ(writer.stop(kLong), 0U);
    expect_rows(1050);
    EXPECT_FALSE(writer.record(row(1)));
    EXPECT_EQ(counted("aihub_usage_rows_dropped_total"), 1U);
    EXPECT_EQ(writer.stop(kLong), 0U);
    EXPECT_EQ(metrics.gauge("aihub_usage_queue_rows", "").value(), 0);
}

TEST_F(UsageWriterTest, a_destructor_without_stop_stores_what_is_queued) {
    {
        WriterOptions options;
        options.flush_interval = kLong;
        Writer writer(*store, real, log, metrics, options);
        ASSERT_TRUE(writer.record(row(1)));
    }
    expect_rows(1);
}

TEST_F(UsageWriterTest, rows_over_the_limit_are_dropped_and_counted) {
    auto options = quick();
    options.queue_rows_max = 5;
    auto lock = database->begin(storage::Access::write);
    ASSERT_TRUE(lock);
    Writer writer(*store, real, log, metrics, options);
    int taken = 0;
    for (int i = 0; i < 20; ++i) {
        taken += writer.record(row(i)) ? 1 : 0;
    }
    EXPECT_EQ(taken, 5);
    EXPECT_EQ(counted("aihub_usage_rows_dropped_total"), 15U);
    // Also while the writer holds the rows: the limit is for both together.
    EXPECT_TRUE(eventually([&] { return !writer.problem().empty(); }));
    EXPECT_FALSE(writer.record(row(20)));
    { const auto released = *std::move(lock); }
    EXPECT_EQ(writer.stop(kLong), 0U);
    EXPECT_EQ(*store->count(), 5U);
}

TEST_F(UsageWriterTest, a_locked_database_delays_rows_and_loses_none) {
    auto lock = database->begin(storage::Access::write);
    ASSERT_TRUE(lock);
    Writer writer(*store, real, log, metrics, quick());
    for (int i = 0; i < 50; ++i) {
        ASSERT_TRUE(writer.record(row(i)));
    }
    ASSERT_TRUE(eventually([&] { return counted("aihub_usage_batch_failures_total") >= 3; }));
    EXPECT_THAT(writer.problem(), StartsWith("usage rows are not being stored: the database is locked"));
    { const auto released = *std::move(lock); }
    ASSERT_TRUE(eventually([&] { return writer.waiting() == 0; }));
    EXPECT_EQ(writer.problem(), "");
    EXPECT_EQ(writer.stop(kLong), 0U);
    expect_rows(50);
    EXPECT_THAT(
        log.lines(),
        ElementsAre(
            HasSubstr("error: usage rows cannot be stored, they are kept and tried again error="),
            "info: usage rows can be stored again"
        )
    );
}

TEST_F(UsageWriterTest, a_full_disk_delays_rows_and_loses_none) {
    open(1);
    ASSERT_TRUE(execute("PRAGMA max_page_count=20"));
    Writer writer(*store, real, log, metrics, quick());
    constexpr int kRows = 3000;
    for (int i = 0; i < kRows; ++i) {
        ASSERT_TRUE(writer.record(row(i)));
    }
    // The limit belongs to the connection, which is replaced after the failure: then there is room again.
    ASSERT_TRUE(eventually([&] { return writer.waiting() == 0; }));
    EXPECT_EQ(writer.stop(kLong), 0U);
    expect_rows(kRows);
    EXPECT_GE(counted("aihub_usage_batch_failures_total"), 1U);
    EXPECT_THAT(log.lines().front(), HasSubstr("free disk space"));
}

TEST_F(UsageWriterTest, a_stop_is_bounded_and_says_what_it_lost) {
    auto lock = database->begin(storage::Access::write);
    ASSERT_TRUE(lock);
    auto options = quick();
    options.batch_rows_max = 10;
    Writer writer(*store, real, log, metrics, options);
    for (int i = 0; i < 25; ++i) {
        ASSERT_TRUE(writer.record(row(i)));
    }
    EXPECT_EQ(writer.stop(milliseconds(30)), 25U);
    EXPECT_EQ(counted("aihub_usage_rows_dropped_total"), 25U);
    EXPECT_THAT(log.lines().back(), HasSubstr("usage rows lost, they could not be stored before the stop rows=25"));
}

TEST_F(UsageWriterTest, a_stop_ends_a_long_pause_between_tries) {
    auto lock = database->begin(storage::Access::write);
    ASSERT_TRUE(lock);
    auto options = quick();
    options.retry_first = options.retry_max = kLong;
    Writer writer(*store, real, log, metrics, options);
    ASSERT_TRUE(writer.record(row(1)));
    ASSERT_TRUE(eventually([&] { return !writer.problem().empty(); }));
    { const auto released = *std::move(lock); }
    const auto start = real.steady_now();
    EXPECT_EQ(writer.stop(milliseconds(20)), 0U);
    EXPECT_LT(real.steady_now() - start, kLong / 2);
    expect_rows(1);
}

TEST_F(UsageWriterTest, many_threads_record_and_each_row_is_stored_once) {
    auto options = quick();
    options.batch_rows_max = 64;
    Writer writer(*store, real, log, metrics, options);
    constexpr int kThreads = 4;
    constexpr int kRows = 2000;
    {
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < kThreads; ++thread) {
            threads.emplace_back([&, thread] {
                for (int i = 0; i < kRows; ++i) {
                    EXPECT_TRUE(writer.record(row(thread * kRows + i)));
                }
            });
        }
    }
    EXPECT_EQ(writer.stop(kLong), 0U);
    expect_rows(kThreads * kRows);
}

}  // namespace
}  // namespace aihub::usage
