// Task<T>: a coroutine that is awaited once and lives on one event loop.
//
// It starts when it is awaited, and what it returns moves to the awaiter. A task that ends without suspending returns
// to its awaiter as a plain call does, so loops over tasks that are ready do not grow the stack, in any build type.
// Parameters of coroutines are taken by value or are references to objects that outlive the task.
#pragma once

#include "base/result.hpp"
#include "net/frame_cache.hpp"

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace aihub::net {

template <class T>
class [[nodiscard]] Task;

namespace detail {

struct PromiseBase {
    static void* operator new(std::size_t bytes) { return take_frame(bytes); }  // NOLINT: its pair has the size, too
    static void operator delete(void* frame, std::size_t bytes) { give_frame(frame, bytes); }

    std::coroutine_handle<> continuation;
    bool starting = false;  // inside the awaiter's first resume(): then the awaiter goes on by itself

    struct FinalAwaiter {
        [[nodiscard]] bool await_ready() const noexcept { return false; }
        template <class Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) const noexcept {
            const auto& promise = self.promise();
            if (promise.starting || !promise.continuation) {
                return std::noop_coroutine();
            }
            return promise.continuation;
        }
        void await_resume() const noexcept {}
    };

    std::suspend_always initial_suspend() noexcept { return {}; }
    FinalAwaiter final_suspend() noexcept { return {}; }
    // Expected failure is a Result. What still throws here is a fault (out of memory) that nothing can be done about.
    void unhandled_exception() noexcept { std::terminate(); }
};

template <class T>
struct Promise : PromiseBase {
    std::optional<T> value;
    Task<T> get_return_object();
    template <class U>
    void return_value(U&& result) {
        value.emplace(std::forward<U>(result));
    }
    T take() { return std::move(*value); }
};

template <>
struct Promise<void> : PromiseBase {
    Task<void> get_return_object();
    void return_void() {}
    void take() {}
};

}  // namespace detail

template <class T>
class [[nodiscard]] Task {
public:
    using promise_type = detail::Promise<T>;
    using Handle = std::coroutine_handle<promise_type>;

    explicit Task(Handle handle) : handle_(handle) {}
    Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    Task& operator=(Task&&) = delete;
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;
    ~Task() {
        if (handle_) {
            handle_.destroy();
        }
    }

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> awaiter) {
        auto& promise = handle_.promise();
        promise.continuation = awaiter;
        promise.starting = true;
        handle_.resume();
        promise.starting = false;
        return !handle_.done();
    }
    T await_resume() { return handle_.promise().take(); }

private:
    Handle handle_;
};

namespace detail {

template <class T>
Task<T> Promise<T>::get_return_object() {
    return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}

inline Task<void> Promise<void>::get_return_object() {
    return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}

// A coroutine that nobody awaits; it frees itself at its end.
struct Detached {
    struct promise_type {
        Detached get_return_object() { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() noexcept { std::terminate(); }
    };
};

}  // namespace detail

// Starts `task` on the calling loop and lets it run to its end by itself. The task owns what it works on; whoever
// spawns counts what is open where that matters (see Listener).
inline detail::Detached spawn(Task<void> task) {
    co_await std::move(task);
}

}  // namespace aihub::net

// In a coroutine that returns Result: `AIHUB_CO_TRY(auto name, co_await expression);` declares name or returns the
// error. Two statements, not an expression, because g++ 12 miscompiles co_await inside a statement expression.
#define AIHUB_CO_TRY(declaration, expression) AIHUB_CO_TRY_NAMED(declaration, expression, __COUNTER__)
#define AIHUB_CO_TRY_NAMED(declaration, expression, number) AIHUB_CO_TRY_EXPANDED(declaration, expression, number)
#define AIHUB_CO_TRY_EXPANDED(declaration, expression, number) \
    auto aihub_co_try_##number = expression;                   \
    if (!aihub_co_try_##number)                                \
        co_return std::move(aihub_co_try_##number).error();    \
    declaration = *std::move(aihub_co_try_##number)

// The same for a Result<void>.
#define AIHUB_CO_CHECK(expression)                              \
    do {                                                        \
        auto aihub_co_check_result = expression;                \
        if (!aihub_co_check_result)                             \
            co_return std::move(aihub_co_check_result).error(); \
    } while (false)
