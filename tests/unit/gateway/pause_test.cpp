#include "gateway/pause.hpp"

#include "support/worker_fixture.hpp"

namespace aihub::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// On the loop of a worker without connections.
class PauseTest : public testing::WorkerTest {
protected:
    PauseTest() { start(); }
    void on_loop(std::function<void()> task) { loop->post(std::move(task)); }
    // Starts a wait on the loop; its end comes into `ends`.
    net::Task<void> pause(SteadyTime until) {
        Pause wait(*loop, active, until);
        const auto end = co_await wait;
        finish(end == Pause::End::cancelled ? "cancelled" : "time");
    }
    net::Task<void> turn(milliseconds patience, std::size_t waiting_max = 8) {
        const GateLimits limits{1, waiting_max, patience};
        auto pass = co_await wait_for_turn(
            *worker, active, gate, limits, SteadyTime::max(), metrics.histogram("waited", "For the test.")
        );
        finish(pass ? "inside" : "outside");
    }
    void finish(std::string end) {
        const std::scoped_lock lock(mutex);
        ends.push_back(std::move(end));
        ended.notify_all();
    }
    std::vector<std::string> wait_for(std::size_t count) {
        std::unique_lock lock(mutex);
        EXPECT_TRUE(ended.wait_for(lock, testing::kPatience, [&] { return ends.size() >= count; }));
        return ends;
    }
    ActiveCall active;
    Gate gate;
    std::mutex mutex;
    std::condition_variable ended;
    std::vector<std::string> ends;
};

TEST_F(PauseTest, goes_on_at_its_time) {
    const auto until = clock.steady_now() + milliseconds(20);
    on_loop([&] { net::spawn(pause(until)); });
    EXPECT_EQ(wait_for(1).back(), "time");
    EXPECT_GE(clock.steady_now(), until);
    on_loop([&] { net::spawn(pause(SteadyTime())); });  // long ago
    EXPECT_EQ(wait_for(2).back(), "time");
}

TEST_F(PauseTest, ends_when_the_call_does) {
    on_loop([&] {
        net::spawn(pause(SteadyTime::max()));
        active.cancel(Errc::client_gone);
    });
    EXPECT_EQ(wait_for(1).back(), "cancelled");
    on_loop([&] { net::spawn(pause(clock.steady_now() + seconds(100))); });  // was cancelled before it began
    EXPECT_EQ(wait_for(2).back(), "cancelled");
}

TEST_F(PauseTest, a_turn_comes_when_another_thread_makes_room) {
    ASSERT_TRUE(gate.try_enter(1));
    on_loop([&] { net::spawn(turn(seconds(100))); });
    ASSERT_TRUE(testing::eventually([&] { return gate.waiting() == 1; }));
    gate.leave();
    EXPECT_EQ(wait_for(1).back(), "inside");
    EXPECT_TRUE(testing::eventually([&] { return gate.inside() == 0; }));  // the pass gives the place back
}

TEST_F(PauseTest, without_a_line_nobody_waits) {
    on_loop([&] { net::spawn(turn(seconds(100))); });
    EXPECT_EQ(wait_for(1).back(), "inside");
    ASSERT_TRUE(testing::eventually([&] { return gate.inside() == 0; }));
    ASSERT_TRUE(gate.try_enter(1));
    on_loop([&] { net::spawn(turn(seconds(100), 0)); });
    EXPECT_EQ(wait_for(2).back(), "outside");
}

TEST_F(PauseTest, a_wait_in_line_ends_by_time_or_with_the_call) {
    ASSERT_TRUE(gate.try_enter(1));
    on_loop([&] { net::spawn(turn(milliseconds(20))); });
    EXPECT_EQ(wait_for(1).back(), "outside");
    EXPECT_EQ(gate.waiting(), 0U);
    on_loop([&] {
        net::spawn(turn(seconds(100)));
        active.cancel(Errc::unavailable);
    });
    EXPECT_EQ(wait_for(2).back(), "outside");
    EXPECT_EQ(gate.waiting(), 0U);
    gate.leave();
    EXPECT_EQ(gate.inside(), 0U);
}

// The turn and the end of the call at the same moment, many times: no place is lost.
TEST_F(PauseTest, a_turn_and_a_cancel_that_meet) {
    constexpr std::size_t kRounds = 100;
    for (std::size_t round = 0; round < kRounds; ++round) {
        ASSERT_TRUE(gate.try_enter(1));
        on_loop([&] {
            active.cancelled.reset();
            net::spawn(turn(seconds(100)));
        });
        ASSERT_TRUE(testing::eventually([&] { return gate.waiting() == 1; }));
        on_loop([&] { active.cancel(Errc::client_gone); });
        gate.leave();
        wait_for(round + 1);
        ASSERT_TRUE(testing::eventually([&] { return gate.inside() == 0; })) << round;
    }
}

}  // namespace
}  // namespace aihub::gateway
