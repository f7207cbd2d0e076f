#include "net/loop.hpp"

#include "support/fake_clock.hpp"
#include "support/loop_thread.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

namespace aihub::net {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::LoopThread;
using testing::make_signal;

class LoopTest : public ::testing::Test {
protected:
    SystemClock clock;
    LoopThread thread{clock};
};

TEST_F(LoopTest, runs_what_other_threads_post_in_their_order) {
    constexpr int kEach = 1000;
    std::vector<int> last(3, -1);
    int count = 0;  // touched by the loop's thread only
    {
        std::vector<std::jthread> posters;
        for (std::size_t poster = 0; poster < last.size(); ++poster) {
            posters.emplace_back([&, poster] {
                for (int i = 0; i < kEach; ++i) {
                    thread.loop().post([&, poster, i] {
                        EXPECT_EQ(last[poster], i - 1);
                        last[poster] = i;
                        ++count;
                    });
                }
            });
        }
    }
    thread.call([&] { EXPECT_EQ(count, 3 * kEach); });
}

TEST_F(LoopTest, a_thread_knows_its_loop) {
    EXPECT_EQ(Loop::current(), nullptr);
    thread.call([&] { EXPECT_EQ(Loop::current(), &thread.loop()); });
}

TEST_F(LoopTest, timers_fire_in_the_order_of_their_time) {
    std::vector<int> fired;
    const auto done = make_signal();
    thread.call([&] {
        thread.loop().start_timer(30ms, [&] {
            fired.push_back(30);
            done->set();
        });
        thread.loop().start_timer(10ms, [&] { fired.push_back(10); });
        thread.loop().start_timer(20ms, [&] { fired.push_back(20); });
        thread.loop().start_timer(0ms, [&] { fired.push_back(0); });
    });
    ASSERT_TRUE(done->wait());
    EXPECT_THAT(fired, ElementsAre(0, 10, 20, 30));
}

TEST_F(LoopTest, a_timer_does_not_fire_early) {
    const auto done = make_signal();
    const auto start = clock.steady_now();
    thread.call([&] { thread.loop().start_timer(20ms, [&] { done->set(); }); });
    ASSERT_TRUE(done->wait());
    EXPECT_GE(clock.steady_now() - start, 20ms);
}

TEST_F(LoopTest, a_cancelled_timer_does_not_fire) {
    std::vector<int> fired;
    std::uint64_t cancelled_later = 0;
    const auto done = make_signal();
    auto& loop = thread.loop();
    thread.call([&] {
        const auto first = loop.start_timer(1ms, [&] { fired.push_back(1); });
        loop.start_timer(2ms, [&] {
            fired.push_back(2);
            loop.cancel_timer(cancelled_later);
        });
        cancelled_later = loop.start_timer(2ms, [&] { fired.push_back(3); });
        loop.start_timer(3ms, [&] {
            fired.push_back(4);
            done->set();
        });
        loop.cancel_timer(first);
        loop.cancel_timer(first);
        loop.cancel_timer(0);
        loop.cancel_timer(99999);
    });
    ASSERT_TRUE(done->wait());
    EXPECT_THAT(fired, ElementsAre(2, 4));
}

TEST_F(LoopTest, takes_a_limited_number_of_timers) {
    thread.call([&] {
        auto& loop = thread.loop();
        std::vector<std::uint64_t> ids;
        for (std::size_t i = 0; i < Loop::kTimersMax; ++i) {
            ids.push_back(loop.start_timer(1h, [] {}));
        }
        EXPECT_NE(ids.back(), 0U);
        EXPECT_EQ(loop.start_timer(1h, [] {}), 0U);
        loop.cancel_timer(ids.front());
        EXPECT_NE(loop.start_timer(1h, [] {}), 0U);
    });
}

TEST_F(LoopTest, frees_what_waits_when_it_is_destroyed) {
    const auto held = std::make_shared<int>(1);
    {
        LoopThread other(clock);
        other.call([&] { other.loop().start_timer(1h, [held] {}); });
        other.stop();
        other.loop().post([held] {});
        EXPECT_EQ(held.use_count(), 3);
    }
    EXPECT_EQ(held.use_count(), 1);
}

TEST(Loop, makes_the_date_header) {
    testing::FakeClock clock;
    Loop loop(3, clock);
    EXPECT_EQ(loop.index(), 3U);
    EXPECT_EQ(loop.http_date(), "Thu, 01 Jan 2026 00:00:00 GMT");
    clock.advance(999ms);
    EXPECT_EQ(loop.http_date(), "Thu, 01 Jan 2026 00:00:00 GMT");
    clock.advance(1ms);
    EXPECT_EQ(loop.http_date(), "Thu, 01 Jan 2026 00:00:01 GMT");
}

}  // namespace
}  // namespace aihub::net
