#include "app/watchdog.hpp"

#include "support/fake_log.hpp"
#include "support/posix.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>

namespace aihub::app {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

// A loop on a thread of its own that can be held.
class HeldLoop {
public:
    explicit HeldLoop(std::string name)
        : name_(std::move(name)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

    void hold() {
        const std::scoped_lock lock(mutex_);
        held_ = true;
    }
    void release() {
        const std::scoped_lock lock(mutex_);
        held_ = false;
        changed_.notify_all();
    }
    [[nodiscard]] Watched watched() {
        return {name_, [this](std::function<void()> task) { post(std::move(task)); }, thread_.native_handle()};
    }

private:
    void post(std::function<void()> task) {
        const std::scoped_lock lock(mutex_);
        tasks_.push_back(std::move(task));
        changed_.notify_all();
    }
    void run(const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        while (changed_.wait(lock, stop, [this] { return !held_ && !tasks_.empty(); })) {
            const auto task = std::move(tasks_.front());
            tasks_.erase(tasks_.begin());
            lock.unlock();
            task();
            lock.lock();
        }
    }

    const std::string name_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::vector<std::function<void()>> tasks_;
    bool held_ = false;
    std::jthread thread_;
};

class WatchdogTest : public ::testing::Test {
protected:
    void start(std::chrono::milliseconds stall, std::chrono::milliseconds abort) {
        const Watchdog::Reactions reactions{
            [this] {
                ++alive;
                alive.notify_all();
            },
            [this](const std::string& why) {
                ended_with = ended_with.empty() ? why : ended_with;
                ended.set();
            }};
        watchdog.emplace(
            std::vector{first.watched(), second.watched()},
            WatchdogOptions{stall, abort, 5ms},
            reactions,
            clock,
            log,
            metrics
        );
    }
    [[nodiscard]] bool logged(const std::string& text) const {
        return testing::eventually([&] {
            const auto lines = log.lines();
            return std::any_of(lines.begin(), lines.end(), [&](const auto& line) {
                return line.find(text) != std::string::npos;
            });
        });
    }

    SystemClock clock;
    testing::FakeLog log;
    telemetry::Metrics metrics;
    HeldLoop first{"0"};
    HeldLoop second{"1"};
    std::atomic<int> alive{0};
    testing::Signal ended;
    std::string ended_with;
    std::optional<Watchdog> watchdog;
};

TEST_F(WatchdogTest, LoopsThatComeRoundAreAlive) {
    start(5s, 10s);
    EXPECT_TRUE(testing::eventually([&] { return alive >= 3; }));
    watchdog.reset();
    EXPECT_THAT(log.lines(), IsEmpty());
    const auto text = metrics.render();
    EXPECT_THAT(text, HasSubstr("aihub_loop_lag_seconds{loop=\"0\"} 0"));
    EXPECT_THAT(text, HasSubstr("aihub_loop_stalls_total{loop=\"1\"} 0\n"));
}

TEST_F(WatchdogTest, AHeldLoopIsLoggedOnceWithItsStackAndWhenItGoesOn) {
    start(20ms, 0ms);
    first.hold();
    ASSERT_TRUE(logged("event loop is held"));
    EXPECT_THAT(
        log.lines(),
        Contains(AllOf(HasSubstr("error: event loop is held loop=0"), HasSubstr(" < "), HasSubstr("held_ms=")))
    );
    const auto text = metrics.render();
    EXPECT_THAT(text, HasSubstr("aihub_loop_stalls_total{loop=\"0\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("aihub_loop_stalls_total{loop=\"1\"} 0\n"));
    const int before = alive;
    first.release();
    ASSERT_TRUE(logged("warn: event loop goes on loop=0 held_ms="));
    EXPECT_TRUE(testing::eventually([&] { return alive > before; }));
    EXPECT_FALSE(ended.wait(std::chrono::milliseconds(0)));
    EXPECT_EQ(metrics.counter("aihub_loop_stalls_total", "", {{"loop", "0"}}).value(), 1U);
}

TEST_F(WatchdogTest, NobodyIsToldThatAHeldProcessIsAlive) {
    start(20ms, 0ms);
    second.hold();
    ASSERT_TRUE(logged("event loop is held"));
    const int before = alive;
    // Some more looks pass: the lag grows with each.
    EXPECT_TRUE(testing::eventually([&] {
        return metrics.render().find("aihub_loop_lag_seconds{loop=\"1\"} 0.1") != std::string::npos;
    }));
    EXPECT_EQ(alive, before);
    second.release();
}

TEST_F(WatchdogTest, AfterAbortTheEndComesAndSaysWhy) {
    start(10ms, 40ms);
    second.hold();
    ASSERT_TRUE(ended.wait());
    watchdog.reset();
    EXPECT_THAT(ended_with, HasSubstr("event loop 1 is held for "));
    EXPECT_THAT(ended_with, HasSubstr("watchdog.abort"));
    second.release();
}

TEST(WatchdogEnd, TheLastLineIsWrittenAndTheProcessAborts) {
    testing::TempDir directory;
    SystemClock clock;
    telemetry::LogOptions options;
    options.file = directory.file("log");
    EXPECT_EXIT(
        {
            const auto log = telemetry::Log::create(options, clock);
            end_process(**log, "the last line");
        },
        ::testing::KilledBySignal(SIGABRT),
        ""
    );
    EXPECT_THAT(testing::read_file(options.file), HasSubstr("the last line"));
}

}  // namespace
}  // namespace aihub::app
