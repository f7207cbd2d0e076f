#include "base/gate.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace aihub {
namespace {

using Entry = Gate::Entry;

class Counted final : public Gate::Waiter {
public:
    void admitted() override { ++times; }
    std::atomic<int> times{0};
};

TEST(Gate, lets_in_as_many_as_the_limit_says) {
    Gate gate;
    EXPECT_TRUE(gate.try_enter(2));
    EXPECT_TRUE(gate.try_enter(2));
    EXPECT_FALSE(gate.try_enter(2));
    EXPECT_TRUE(gate.try_enter(3));
    EXPECT_EQ(gate.inside(), 3U);
    gate.leave();
    EXPECT_FALSE(gate.try_enter(2));
    gate.leave();
    EXPECT_TRUE(gate.try_enter(2));
    EXPECT_TRUE(gate.try_enter(0));  // no limit
}

TEST(Gate, whoever_leaves_makes_room_for_the_first_in_line) {
    Gate gate;
    Counted first;
    Counted second;
    Counted third;
    ASSERT_TRUE(gate.try_enter(1));
    EXPECT_EQ(gate.enter(1, 2, first), Entry::in_line);
    EXPECT_EQ(gate.enter(1, 2, second), Entry::in_line);
    EXPECT_EQ(gate.enter(1, 2, third), Entry::full);
    EXPECT_EQ(gate.waiting(), 2U);
    gate.leave();
    EXPECT_EQ(first.times, 1);
    EXPECT_EQ(second.times, 0);
    EXPECT_EQ(gate.inside(), 1U);
    EXPECT_FALSE(gate.try_enter(2));  // nobody goes in before those in line
    gate.leave();
    EXPECT_EQ(second.times, 1);
    EXPECT_EQ(gate.waiting(), 0U);
    gate.leave();
    EXPECT_EQ(gate.inside(), 0U);
}

TEST(Gate, one_that_gives_up_is_passed_over) {
    Gate gate;
    Counted first;
    Counted second;
    Counted third;
    ASSERT_TRUE(gate.try_enter(1));
    ASSERT_EQ(gate.enter(1, 9, first), Entry::in_line);
    ASSERT_EQ(gate.enter(1, 9, second), Entry::in_line);
    ASSERT_EQ(gate.enter(1, 9, third), Entry::in_line);
    EXPECT_TRUE(gate.withdraw(second));
    EXPECT_FALSE(gate.withdraw(second));
    EXPECT_TRUE(gate.withdraw(third));
    gate.leave();
    EXPECT_EQ(first.times, 1);
    EXPECT_FALSE(gate.withdraw(first));
    gate.leave();
    EXPECT_EQ(second.times + third.times, 0);
    EXPECT_EQ(gate.inside(), 0U);
    EXPECT_EQ(gate.enter(1, 0, third), Entry::inside);
}

TEST(Gate, a_limit_that_changes_counts_for_those_who_wait) {
    Gate gate;
    Counted first;
    Counted second;
    Counted third;
    ASSERT_TRUE(gate.try_enter(1));
    ASSERT_EQ(gate.enter(1, 9, first), Entry::in_line);
    ASSERT_EQ(gate.enter(1, 9, second), Entry::in_line);
    EXPECT_EQ(gate.enter(4, 9, third), Entry::inside);  // with it the new limit is known
    EXPECT_EQ(first.times + second.times, 2);
    EXPECT_EQ(gate.inside(), 4U);
    Counted fourth;
    ASSERT_EQ(gate.enter(2, 9, fourth), Entry::in_line);
    gate.leave();
    gate.leave();
    EXPECT_EQ(fourth.times, 0);  // three, then two are inside still
    gate.leave();
    EXPECT_EQ(fourth.times, 1);
    EXPECT_EQ(gate.inside(), 2U);
}

// Threads that come and go: never more than the limit inside, and nobody is forgotten.
TEST(Gate, many_threads) {
    constexpr std::size_t kLimit = 3;
    constexpr int kRounds = 20'000;
    Gate gate;
    std::atomic<int> inside{0};
    std::atomic<int> most{0};
    const auto work = [&] {
        for (int round = 0; round < kRounds; ++round) {
            Counted waiter;
            const auto entry = gate.enter(kLimit, round % 2 == 0 ? 100 : 0, waiter);
            if (entry == Entry::full) {
                continue;
            }
            if (entry == Entry::in_line && !(round % 6 == 0 && gate.withdraw(waiter))) {
                while (waiter.times == 0) {
                    std::this_thread::yield();
                }
            } else if (entry == Entry::in_line) {
                continue;
            }
            const int now = ++inside;
            int seen = most;
            while (now > seen && !most.compare_exchange_weak(seen, now)) {
            }
            --inside;
            gate.leave();
        }
    };
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 6; ++i) {
            threads.emplace_back(work);
        }
    }
    EXPECT_EQ(gate.inside(), 0U);
    EXPECT_EQ(gate.waiting(), 0U);
    EXPECT_LE(most, static_cast<int>(kLimit));
}

}  // namespace
}  // namespace aihub
