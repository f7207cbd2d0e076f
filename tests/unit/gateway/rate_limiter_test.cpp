#include "gateway/rate_limiter.hpp"

#include "support/fake_clock.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace aihub::gateway {
namespace {

using config::RateLimit;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr std::size_t kTracked = 100000;

class RateLimiterTest : public ::testing::Test {
protected:
    RateAnswer take(std::string_view id = "key", std::size_t tracked_max = kTracked) {
        return rates.take(id, limit, tracked_max, clock.steady_now());
    }
    std::size_t take_all(std::string_view id = "key") {
        std::size_t taken = 0;
        while (take(id).allowed) {
            ++taken;
        }
        return taken;
    }

    testing::FakeClock clock;
    RateLimiter rates;
    RateLimit limit{.per_second = 10};
};

TEST_F(RateLimiterTest, a_full_bucket_gives_its_burst_and_then_its_rate) {
    EXPECT_EQ(take_all(), 10U);
    const auto refused = take();
    EXPECT_EQ(refused.retry_after, milliseconds(100));
    EXPECT_EQ(refused.remaining, 0U);
    EXPECT_EQ(refused.reset, seconds(1));
    clock.advance(milliseconds(100) - nanoseconds(1));
    EXPECT_FALSE(take().allowed);
    clock.advance(nanoseconds(1));
    EXPECT_TRUE(take().allowed);
    EXPECT_FALSE(take().allowed);
    clock.advance(milliseconds(250));
    EXPECT_EQ(take_all(), 2U);
    clock.advance(seconds(3600));
    EXPECT_EQ(take_all(), 10U);  // never more than a full one
}

TEST_F(RateLimiterTest, says_what_is_left) {
    const auto first = take();
    EXPECT_TRUE(first.allowed);
    EXPECT_EQ(first.limit, 10U);
    EXPECT_EQ(first.remaining, 9U);
    EXPECT_EQ(first.reset, milliseconds(100));
    EXPECT_EQ(first.retry_after, nanoseconds(0));
    take();
    clock.advance(milliseconds(50));
    const auto third = take();
    EXPECT_EQ(third.remaining, 7U);
    EXPECT_EQ(third.reset, milliseconds(250));
}

TEST_F(RateLimiterTest, a_minute_and_a_burst_of_ones_own) {
    limit = {.per_minute = 60, .burst = 3};
    EXPECT_EQ(take_all(), 3U);
    EXPECT_EQ(take().retry_after, seconds(1));
    clock.advance(seconds(2));
    EXPECT_EQ(take_all(), 2U);
    limit = {.per_minute = 6};
    EXPECT_EQ(take_all("other"), 6U);
    EXPECT_EQ(take("other").retry_after, seconds(10));
}

TEST_F(RateLimiterTest, in_a_long_time_the_rate_is_kept) {
    limit = {.per_second = 7, .burst = 1};
    std::size_t taken = 0;
    for (int step = 0; step < 10'000; ++step) {
        taken += take().allowed ? 1 : 0;
        clock.advance(milliseconds(10));
    }
    // One in a seventh of a second is taken at the next step of 10 ms.
    EXPECT_GE(taken, 660U);
    EXPECT_LE(taken, 701U);
}

TEST_F(RateLimiterTest, each_has_a_bucket_of_its_own) {
    EXPECT_EQ(take_all("one"), 10U);
    EXPECT_EQ(take_all("other"), 10U);
    EXPECT_FALSE(take("one").allowed);
}

TEST_F(RateLimiterTest, a_limit_that_a_reload_made_smaller_counts_at_once) {
    limit = {.per_minute = 60};
    EXPECT_EQ(take_all(), 60U);
    limit = {.per_second = 10, .burst = 5};
    EXPECT_EQ(take().retry_after, milliseconds(100));  // not the minute of the old one
    clock.advance(milliseconds(500));
    EXPECT_EQ(take_all(), 5U);
}

TEST_F(RateLimiterTest, full_buckets_are_forgotten_when_room_is_needed) {
    constexpr std::size_t kMax = 64 * 4;
    for (int i = 0; i < 4000; ++i) {
        take(std::to_string(i), kMax);
    }
    EXPECT_LE(rates.size(), kMax);
    clock.advance(seconds(2));
    for (int i = 4000; i < 4010; ++i) {
        EXPECT_EQ(take(std::to_string(i), kMax).remaining, 9U);
    }
    EXPECT_LE(rates.size(), kMax);
}

TEST_F(RateLimiterTest, those_beyond_the_table_share_a_bucket_and_the_others_keep_theirs) {
    constexpr std::size_t kMax = 64;  // one for each shard
    EXPECT_EQ(take("first", kMax).remaining, 9U);
    std::size_t refused = 0;
    for (int i = 0; i < 4000; ++i) {
        refused += take(std::to_string(i), kMax).allowed ? 0 : 1;
    }
    EXPECT_GT(refused, 2000U);  // 64 buckets and 64 that are shared, 10 requests each
    EXPECT_EQ(take("first", kMax).remaining, 8U);
    EXPECT_LE(rates.size(), kMax);
    clock.advance(seconds(2));
    EXPECT_TRUE(take("one more", kMax).allowed);
}

TEST_F(RateLimiterTest, threads_together_get_no_more) {
    limit = {.per_second = 1000};
    std::atomic<std::size_t> taken{0};
    {
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < 4; ++thread) {
            threads.emplace_back([&] {
                for (int i = 0; i < 1000; ++i) {
                    taken += rates.take("key", limit, kTracked, clock.steady_now()).allowed ? 1 : 0;
                }
            });
        }
    }
    EXPECT_EQ(taken, 1000U);
}

}  // namespace
}  // namespace aihub::gateway
