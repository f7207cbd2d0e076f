#include "app/control_thread.hpp"

#include "base/thread_kind.hpp"
#include "support/posix.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>

namespace aihub::app {
namespace {

using aihub::testing::Signal;
using std::chrono::hours;
using std::chrono::milliseconds;

TEST(ControlThread, RunsWhatItIsGivenAtOnce) {
    const SystemClock clock;
    ControlThread thread(
        "test", hours(1), [] { ADD_FAILURE() << "not in an hour"; }, clock
    );
    Signal done;
    std::atomic<ThreadKind> kind{ThreadKind::any};
    EXPECT_TRUE(thread.post([&] { kind = current_thread_kind(); }));
    EXPECT_TRUE(thread.post([&] { done.set(); }));
    ASSERT_TRUE(done.wait());
    EXPECT_EQ(kind, ThreadKind::control);
}

TEST(ControlThread, TicksAlthoughTasksKeepComing) {
    const SystemClock clock;
    Signal ticked;
    std::atomic<bool> enough{false};
    ControlThread* self = nullptr;
    const std::function<void()> again = [&] {
        if (!enough) {
            EXPECT_TRUE(self->post(again));
        }
    };
    ControlThread thread(
        "test", milliseconds(5), [&] { ticked.set(); }, clock
    );
    self = &thread;
    EXPECT_TRUE(thread.post(again));
    EXPECT_TRUE(ticked.wait());
    enough = true;
}

TEST(ControlThread, ItsQueueHasAnEnd) {
    const SystemClock clock;
    Signal running;
    Signal go_on;
    ControlThread thread(
        "test", hours(1), [] {}, clock
    );
    ASSERT_TRUE(thread.post([&] {
        running.set();
        (void)go_on.wait();
    }));
    ASSERT_TRUE(running.wait());
    for (std::size_t i = 0; i < ControlThread::kTasksMax; ++i) {
        EXPECT_TRUE(thread.post([] {}));
    }
    EXPECT_FALSE(thread.post([] {}));
    go_on.set();
}

}  // namespace
}  // namespace aihub::app
