#include "base/bounded_queue.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

namespace aihub {
namespace {

using namespace std::chrono_literals;

TEST(BoundedQueue, gives_everything_in_order) {
    BoundedQueue<int> queue(10);
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(queue.push(i));
    }
    EXPECT_EQ(queue.size(), 5U);
    std::vector<int> out{99};
    EXPECT_TRUE(queue.take_all(out, 1000ms));
    EXPECT_EQ(out, (std::vector<int>{0, 1, 2, 3, 4}));
    EXPECT_EQ(queue.size(), 0U);
}

TEST(BoundedQueue, refuses_what_is_over_its_capacity) {
    BoundedQueue<std::unique_ptr<int>> queue(2);
    EXPECT_TRUE(queue.push(std::make_unique<int>(1)));
    EXPECT_TRUE(queue.push(std::make_unique<int>(2)));
    EXPECT_FALSE(queue.push(std::make_unique<int>(3)));
    std::vector<std::unique_ptr<int>> out;
    EXPECT_TRUE(queue.take_all(out, 0ms));
    ASSERT_EQ(out.size(), 2U);
    EXPECT_EQ(*out[1], 2);
    EXPECT_TRUE(queue.push(std::make_unique<int>(4)));
}

TEST(BoundedQueue, comes_back_empty_after_the_timeout) {
    BoundedQueue<int> queue(2);
    std::vector<int> out{1};
    EXPECT_TRUE(queue.take_all(out, 1ms));
    EXPECT_TRUE(out.empty());
}

TEST(BoundedQueue, hands_out_the_rest_after_it_was_closed) {
    BoundedQueue<int> queue(2);
    EXPECT_TRUE(queue.push(1));
    queue.close();
    EXPECT_FALSE(queue.push(2));
    std::vector<int> out;
    EXPECT_TRUE(queue.take_all(out, 1000ms));
    EXPECT_EQ(out, std::vector<int>{1});
    EXPECT_FALSE(queue.take_all(out, 1000ms));
    EXPECT_TRUE(out.empty());
}

TEST(BoundedQueue, loses_nothing_between_threads) {
    constexpr int kEach = 20000;
    constexpr int kProducers = 2;
    BoundedQueue<int> queue(64);
    std::vector<std::jthread> producers;
    for (int producer = 0; producer < kProducers; ++producer) {
        producers.emplace_back([&queue, producer] {
            for (int i = 0; i < kEach; ++i) {
                while (!queue.push(producer * kEach + i)) {
                    std::this_thread::yield();
                }
            }
        });
    }
    std::vector<int> last(kProducers, -1);
    std::vector<int> out;
    int taken = 0;
    while (taken < kEach * kProducers) {
        ASSERT_TRUE(queue.take_all(out, 10000ms));
        ASSERT_FALSE(out.empty()) << "the producers stopped after " << taken;
        for (const int item : out) {
            auto& previous = last[static_cast<std::size_t>(item / kEach)];
            EXPECT_EQ(item % kEach, previous + 1);  // each producer's items stay in order
            previous = item % kEach;
        }
        taken += static_cast<int>(out.size());
    }
    EXPECT_EQ(queue.size(), 0U);
}

TEST(BoundedQueue, closing_wakes_the_consumer) {
    BoundedQueue<int> queue(2);
    bool more = true;
    std::jthread consumer([&] {
        std::vector<int> out;
        more = queue.take_all(out, std::chrono::milliseconds(60000));
    });
    queue.close();
    consumer.join();
    EXPECT_FALSE(more);
}

}  // namespace
}  // namespace aihub
