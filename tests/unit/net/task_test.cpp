#include "net/task.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

namespace aihub::net {
namespace {

// How far the stack went down.
struct StackDepth {
    std::uintptr_t lowest = UINTPTR_MAX;
    std::uintptr_t highest = 0;
    void note(const void* frame) {
        const auto at = reinterpret_cast<std::uintptr_t>(frame);
        lowest = std::min(lowest, at);
        highest = std::max(highest, at);
    }
    [[nodiscard]] std::uintptr_t range() const { return highest - lowest; }
};

// Suspends until the test resumes it.
struct Pause {
    std::coroutine_handle<>& handle;
    [[nodiscard]] bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> suspended) const { handle = suspended; }
    void await_resume() const {}
};

Task<int> ready(StackDepth& depth) {
    depth.note(__builtin_frame_address(0));
    co_return 1;
}

Task<void> sum(StackDepth& depth, int count, int& total) {
    for (int i = 0; i < count; ++i) {
        total += co_await ready(depth);
    }
}

TEST(Task, a_hundred_thousand_ready_awaits_do_not_grow_the_stack) {
    StackDepth depth;
    int total = 0;
    spawn(sum(depth, 100000, total));
    EXPECT_EQ(total, 100000);
    EXPECT_LT(depth.range(), 1024U);
}

Task<int> paused(StackDepth& depth, std::coroutine_handle<>& handle) {
    co_await Pause{handle};
    depth.note(__builtin_frame_address(0));
    co_return 1;
}

Task<void> sum_paused(StackDepth& depth, std::coroutine_handle<>& handle, int count, int& total) {
    for (int i = 0; i < count; ++i) {
        total += co_await paused(depth, handle);
    }
}

TEST(Task, neither_do_a_hundred_thousand_that_waited) {
    StackDepth depth;
    std::coroutine_handle<> handle;
    int total = 0;
    spawn(sum_paused(depth, handle, 100000, total));
    for (int i = 0; i < 100000; ++i) {
        ASSERT_EQ(total, i);
        std::exchange(handle, nullptr).resume();
    }
    EXPECT_EQ(total, 100000);
    EXPECT_LT(depth.range(), 1024U);
}

Task<std::unique_ptr<std::string>> boxed(std::string text) {
    co_return std::make_unique<std::string>(std::move(text));
}

Task<void> take_boxed(std::string& out) {
    const auto box = co_await boxed("moved");
    out = *box;
}

TEST(Task, moves_its_value_out) {
    std::string out;
    spawn(take_boxed(out));
    EXPECT_EQ(out, "moved");
}

Task<void> hold(std::shared_ptr<int> held, std::coroutine_handle<>& handle, bool& ended) {
    co_await Pause{handle};
    ended = *held == 7;
}

TEST(Task, frees_what_it_holds_at_its_end) {
    auto held = std::make_shared<int>(7);
    std::coroutine_handle<> handle;
    bool ended = false;
    spawn(hold(held, handle, ended));
    EXPECT_EQ(held.use_count(), 2);
    EXPECT_FALSE(ended);
    handle.resume();
    EXPECT_TRUE(ended);
    EXPECT_EQ(held.use_count(), 1);
}

TEST(Task, frees_what_it_holds_when_it_never_starts) {
    auto held = std::make_shared<int>(7);
    std::coroutine_handle<> handle;
    bool ended = false;
    { const auto task = hold(held, handle, ended); }
    EXPECT_EQ(held.use_count(), 1);
    EXPECT_FALSE(handle);
}

Task<Result<std::string>> fallible(bool good) {
    if (!good) {
        co_return Error{Errc::conflict, "it is not good", "bad", "x"};
    }
    co_return std::string("good");
}

Task<Result<void>> check(bool good) {
    if (!good) {
        co_return Error{Errc::forbidden, "it may not"};
    }
    co_return Result<void>{};
}

Task<Result<std::string>> steps(bool first, bool second, bool third, int& reached) {
    AIHUB_CO_TRY(const auto one, co_await fallible(first));
    ++reached;
    AIHUB_CO_CHECK(co_await check(second));
    ++reached;
    AIHUB_CO_TRY(const auto two, co_await fallible(third));
    ++reached;
    co_return one + two;
}

Task<void> run_steps(bool first, bool second, bool third, int& reached, std::string& text) {
    const auto result = co_await steps(first, second, third, reached);
    text = result ? *result : result.error().message;
}

TEST(Task, the_macros_go_on_with_a_value_and_end_with_an_error) {
    const auto ran = [](bool first, bool second, bool third) {
        int reached = 0;
        std::string text;
        spawn(run_steps(first, second, third, reached, text));
        return std::to_string(reached) + " " + text;
    };
    EXPECT_EQ(ran(true, true, true), "3 goodgood");
    EXPECT_EQ(ran(false, true, true), "0 it is not good");
    EXPECT_EQ(ran(true, false, true), "1 it may not");
    EXPECT_EQ(ran(true, true, false), "2 it is not good");
}

}  // namespace
}  // namespace aihub::net
