#include "usage/row_queue.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>

namespace aihub::usage {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kKeep = 100;

model::UsageRow row(int number) {
    model::UsageRow made;
    made.request_id = "req_with_more_letters_than_fit_into_a_string_object_" + std::to_string(number);
    return made;
}

TEST(RowQueueTest, gives_everything_in_order) {
    RowQueue queue(10);
    EXPECT_TRUE(queue.push(row(1)));
    EXPECT_TRUE(queue.push(row(2)));
    ASSERT_TRUE(queue.wait(milliseconds(0)));
    const auto rows = queue.take(kKeep);
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].row.request_id, row(1).request_id);
    EXPECT_EQ(rows[1].row.request_id, row(2).request_id);
    EXPECT_TRUE(queue.take(kKeep).empty());
}

TEST(RowQueueTest, old_rows_do_not_show_through_in_their_places) {
    RowQueue queue(10);
    for (int round = 0; round < 4; ++round) {
        EXPECT_TRUE(queue.push(row(round)));
        const auto rows = queue.take(kKeep);
        ASSERT_EQ(rows.size(), 1U);
        EXPECT_EQ(rows[0].row.request_id, row(round).request_id);
    }
}

TEST(RowQueueTest, refuses_what_is_over_its_limit) {
    RowQueue queue(2);
    EXPECT_TRUE(queue.push(row(1)));
    EXPECT_TRUE(queue.push(row(2)));
    EXPECT_FALSE(queue.push(row(3)));
    EXPECT_EQ(queue.take(kKeep).size(), 2U);
    EXPECT_TRUE(queue.push(row(4)));
}

TEST(RowQueueTest, the_room_of_a_burst_is_given_back) {
    RowQueue queue(1000);
    for (int i = 0; i < 500; ++i) {
        ASSERT_TRUE(queue.push(row(i)));
    }
    EXPECT_EQ(queue.take(kKeep).size(), 500U);
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(queue.push(row(i)));
        EXPECT_EQ(queue.take(kKeep).size(), 1U);
    }
}

TEST(RowQueueTest, comes_back_empty_after_the_timeout_and_false_when_closed) {
    RowQueue queue(2);
    EXPECT_TRUE(queue.wait(milliseconds(1)));
    EXPECT_TRUE(queue.push(row(1)));
    queue.close();
    EXPECT_FALSE(queue.push(row(2)));
    EXPECT_TRUE(queue.wait(milliseconds(1)));
    EXPECT_EQ(queue.take(kKeep).size(), 1U);
    EXPECT_FALSE(queue.wait(milliseconds(1)));
}

TEST(RowQueueTest, loses_nothing_between_threads) {
    constexpr int kThreads = 3;
    constexpr int kRows = 2000;
    RowQueue queue(kThreads * kRows);
    std::set<std::string> seen;
    {
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < kThreads; ++thread) {
            threads.emplace_back([&queue, thread] {
                for (int i = 0; i < kRows; ++i) {
                    EXPECT_TRUE(queue.push(row(thread * kRows + i)));
                }
            });
        }
        while (seen.size() < kThreads * kRows && queue.wait(milliseconds(10000))) {
            for (const auto& taken : queue.take(kKeep)) {
                seen.insert(taken.row.request_id);
            }
        }
    }
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(kThreads * kRows));
}

}  // namespace
}  // namespace aihub::usage
