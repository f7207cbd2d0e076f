#include "app/thread_stack.hpp"

#include "base/thread_task.hpp"
#include "support/posix.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace aihub::app {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

// Works until told to stop, as a plugin's function would that does not come back.
class Busy {
public:
    Busy()
        : thread_([this] {
              const TaskScope task({"com.acme.slow", "on_frame"});
              running_ = true;
              running_.notify_all();
              while (!stop_) {
                  ++count_;
              }
          }) {
        running_.wait(false);
    }
    ~Busy() { stop_ = true; }
    [[nodiscard]] pthread_t thread() { return thread_.native_handle(); }
    [[nodiscard]] std::uint64_t count() const { return count_; }

private:
    std::atomic<bool> running_{false};
    std::atomic<bool> stop_{false};
    std::atomic<std::uint64_t> count_{0};
    std::jthread thread_;
};

TEST(ThreadStack, SaysWhereABusyThreadIsAndWhatItDoes) {
    Busy busy;
    for (int round = 0; round < 3; ++round) {
        const auto stack = sample_stack(busy.thread(), 5s);
        ASSERT_TRUE(stack) << stack.error().message;
        EXPECT_EQ(stack->owner, "com.acme.slow");
        EXPECT_EQ(stack->task, "on_frame");
        EXPECT_GE(stack->frames.size(), 2U);
        EXPECT_THAT(stack->text(), HasSubstr("test_app+0x"));
        EXPECT_THAT(stack->text(), HasSubstr(" < "));
    }
    const auto before = busy.count();
    EXPECT_TRUE(testing::eventually([&] { return busy.count() > before; })) << "it does not go on";
}

TEST(ThreadStack, AThreadThatDoesNotAnswerIsAnError) {
    testing::Signal blocked;
    testing::Signal done;
    std::jthread deaf([&] {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, nullptr);
        blocked.set();
        EXPECT_TRUE(done.wait());
    });
    ASSERT_TRUE(blocked.wait());
    const auto stack = sample_stack(deaf.native_handle(), 20ms);
    ASSERT_FALSE(stack);
    EXPECT_EQ(stack.error().message, "the thread does not answer");
    done.set();
    // The next question is not confused by it.
    Busy busy;
    EXPECT_EQ(sample_stack(busy.thread(), 5s)->owner, "com.acme.slow");
}

}  // namespace
}  // namespace aihub::app
