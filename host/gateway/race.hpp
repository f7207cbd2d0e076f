// Attempts that work at the same time: which one is ready first.
#pragma once

#include "base/clock.hpp"
#include "gateway/attempt.hpp"
#include "net/loop.hpp"
#include "net/task.hpp"

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace aihub::gateway {

// Belongs to the loop. Attempts that were started outlive it, and it lives until idle().
class Race {
public:
    explicit Race(net::Loop& loop) : loop_(loop) {}
    Race(const Race&) = delete;
    Race& operator=(const Race&) = delete;
    ~Race() = default;

    // Advances `attempt` once: until it has something to send, or has ended.
    void start(Attempt& attempt);
    // No attempt is at work any more.
    [[nodiscard]] bool idle() const { return working_ == 0; }

    // `Attempt* ready = co_await race.next(until)`: one that is ready and was not given before; nullptr: it is `until`,
    // or nothing is at work. One waiter at a time.
    class Next {
    public:
        Next(Race& race, SteadyTime until) : race_(race), until_(until) {}
        [[nodiscard]] bool await_ready() const { return !race_.ready_.empty() || race_.idle(); }
        void await_suspend(std::coroutine_handle<> waiter);
        Attempt* await_resume();

    private:
        Race& race_;
        const SteadyTime until_;
    };
    [[nodiscard]] Next next(SteadyTime until = SteadyTime::max()) { return {*this, until}; }

private:
    net::Task<void> drive(Attempt& attempt);
    void wake();

    net::Loop& loop_;
    std::vector<Attempt*> ready_;
    std::coroutine_handle<> waiter_;
    std::uint64_t timer_ = 0;
    std::size_t working_ = 0;
};

}  // namespace aihub::gateway
