#include "catalog/breaker.hpp"

#include "support/fake_clock.hpp"

#include <gtest/gtest.h>

namespace aihub::catalog {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using State = Breaker::State;

class BreakerTest : public ::testing::Test {
protected:
    // What one call sees, and what it reports when it was allowed.
    enum class Sees { yes, probe, no };
    Sees ask() {
        const auto answer = breaker.ask(settings, clock);
        if (!answer.allowed) {
            retry_after = answer.retry_after;
            return Sees::no;
        }
        return answer.probe ? Sees::probe : Sees::yes;
    }
    bool fail(bool probe = false) {
        const bool opened = breaker.failed(settings, clock.steady_now(), probe);
        breaker.ended(probe);
        return opened;
    }
    void succeed(bool probe = false) {
        breaker.succeeded(settings, clock.steady_now(), probe);
        breaker.ended(probe);
    }
    [[nodiscard]] State state() const { return breaker.state(clock.steady_now()); }
    void open() {
        for (std::size_t i = 0; i < settings.failures_max; ++i) {
            fail();
        }
        ASSERT_EQ(state(), State::open);
    }

    testing::FakeClock clock;
    config::Breaker settings{.failures_max = 3, .error_percent = 0, .open = milliseconds(3000), .probes_max = 2};
    Breaker breaker;
    nanoseconds retry_after{0};
};

TEST_F(BreakerTest, opens_for_the_very_next_call) {
    EXPECT_FALSE(fail());
    EXPECT_FALSE(fail());
    EXPECT_EQ(ask(), Sees::yes);
    EXPECT_TRUE(fail());
    EXPECT_EQ(ask(), Sees::no);
    EXPECT_EQ(retry_after, seconds(3));
    clock.advance(seconds(1));
    EXPECT_EQ(ask(), Sees::no);
    EXPECT_EQ(retry_after, seconds(2));
    EXPECT_TRUE(breaker.blocks(clock.steady_now()));
}

TEST_F(BreakerTest, a_success_between_begins_the_count_anew) {
    fail();
    fail();
    succeed();
    fail();
    fail();
    EXPECT_EQ(state(), State::closed);
    fail();
    EXPECT_EQ(state(), State::open);
}

TEST_F(BreakerTest, half_open_lets_a_few_probes_through_and_the_first_success_closes_it) {
    open();
    clock.advance(seconds(3));
    EXPECT_EQ(state(), State::half_open);
    EXPECT_EQ(ask(), Sees::probe);
    EXPECT_EQ(ask(), Sees::probe);
    EXPECT_EQ(ask(), Sees::no);
    EXPECT_EQ(retry_after, seconds(1));
    breaker.ended(true);  // its client left: it says nothing
    EXPECT_EQ(state(), State::half_open);
    EXPECT_EQ(ask(), Sees::probe);
    succeed(true);
    EXPECT_EQ(state(), State::closed);
    EXPECT_EQ(ask(), Sees::yes);
    fail(true);  // the other probe, now one failure of three
    EXPECT_EQ(state(), State::closed);
}

TEST_F(BreakerTest, a_probe_that_fails_opens_it_again) {
    open();
    clock.advance(seconds(3));
    EXPECT_EQ(ask(), Sees::probe);
    EXPECT_TRUE(fail(true));
    EXPECT_EQ(ask(), Sees::no);
    EXPECT_EQ(retry_after, seconds(3));
}

TEST_F(BreakerTest, the_later_time_counts) {
    open();
    settings.open = milliseconds(1000);
    clock.advance(seconds(1));
    fail();  // began before it opened
    EXPECT_EQ(ask(), Sees::no);
    EXPECT_EQ(retry_after, seconds(2));
    breaker.cool_down(clock.steady_now() + seconds(10));
    breaker.cool_down(clock.steady_now() + seconds(4));
    EXPECT_EQ(ask(), Sees::no);
    EXPECT_EQ(retry_after, seconds(10));
    clock.advance(seconds(9));
    EXPECT_EQ(ask(), Sees::no);
    EXPECT_EQ(retry_after, seconds(1));
}

TEST_F(BreakerTest, after_cooling_down_all_calls_pass) {
    breaker.cool_down(clock.steady_now() + seconds(2));
    EXPECT_EQ(ask(), Sees::no);
    EXPECT_EQ(state(), State::closed);
    clock.advance(seconds(2));
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(ask(), Sees::yes);
    }
}

TEST_F(BreakerTest, opens_at_a_share_of_failures_in_the_window) {
    settings = {.failures_max = 0, .error_percent = 50, .calls_min = 10, .window = milliseconds(10000)};
    for (int i = 0; i < 4; ++i) {
        succeed();
        EXPECT_FALSE(fail());
    }
    succeed();
    EXPECT_TRUE(fail());  // five of ten
    EXPECT_EQ(state(), State::open);
}

TEST_F(BreakerTest, does_not_open_below_the_share_or_the_least_number_of_calls) {
    settings = {.failures_max = 0, .error_percent = 50, .calls_min = 10, .window = milliseconds(10000)};
    for (int i = 0; i < 9; ++i) {
        EXPECT_FALSE(fail()) << i;
    }
    Breaker other;
    for (int i = 0; i < 1000; ++i) {
        other.succeeded(settings, clock.steady_now(), false);
        other.succeeded(settings, clock.steady_now(), false);
        EXPECT_FALSE(other.failed(settings, clock.steady_now(), false));
        clock.advance(milliseconds(37));
    }
}

TEST_F(BreakerTest, forgets_what_is_older_than_the_window) {
    settings = {.failures_max = 0, .error_percent = 50, .calls_min = 10, .window = milliseconds(10000)};
    for (int i = 0; i < 9; ++i) {
        fail();
    }
    clock.advance(seconds(11));
    EXPECT_FALSE(fail());
    EXPECT_EQ(state(), State::closed);
    clock.advance(std::chrono::hours(2));  // whole laps later, too
    for (int i = 0; i < 9; ++i) {
        EXPECT_FALSE(fail());
    }
    EXPECT_TRUE(fail());
}

}  // namespace
}  // namespace aihub::catalog
