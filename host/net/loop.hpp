// An event loop: one thread, one Asio io_context, timers and a coarse clock tick.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/task.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace aihub::net {

class Connection;

// Who makes it: host/app, one for each core. run() is called on the loop's own thread and returns after stop(). Unless
// a function says otherwise it belongs to that thread.
class Loop {
public:
    // How often deadlines of connections are looked at: a time-out fires at most this much late.
    static constexpr std::chrono::milliseconds kTick{50};
    static constexpr std::size_t kTimersMax = 100000;
    // Size of the read buffer that all connections of the loop share.
    static constexpr std::size_t kScratchBytes = 64 * 1024;

    Loop(std::size_t index, const Clock& clock);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    // Runs until stop(); then runs what is ready and returns.
    void run();
    // Any thread.
    void stop();
    // Any thread. Runs `task` on the loop's thread.
    void post(std::function<void()> task);
    // The loop that this thread runs, or nullptr.
    [[nodiscard]] static Loop* current();

    // Runs `task` once after `delay`; the id is never 0, but 0 over kTimersMax timers.
    std::uint64_t start_timer(std::chrono::nanoseconds delay, std::function<void()> task);
    // Fired and unknown ids are ignored.
    void cancel_timer(std::uint64_t id);

    [[nodiscard]] std::size_t index() const { return index_; }
    [[nodiscard]] const Clock& clock() const { return clock_; }
    [[nodiscard]] SteadyTime now() const { return clock_.steady_now(); }
    // The value of the Date header (RFC 9110 section 6.6.1) for now; made anew once a second.
    [[nodiscard]] const std::string& http_date();
    // A buffer of kScratchBytes plus room for JSON parsers to read past the end. What is in it is lost at the next
    // suspension of any coroutine of this loop.
    [[nodiscard]] char* scratch() { return scratch_.get(); }
    // Any thread. How late the last tick was: the loop's lag.
    [[nodiscard]] std::chrono::nanoseconds lag() const {
        return std::chrono::nanoseconds(lag_ns_.load(std::memory_order_relaxed));
    }

    struct Engine;  // the Asio side; host/net only
    [[nodiscard]] Engine& engine() { return *engine_; }

private:
    friend class Connection;
    void enlist(Connection& connection);
    void delist(Connection& connection);
    void arm_tick();
    void tick();
    void arm_timers();
    void fire_timers();

    const std::size_t index_;
    const Clock& clock_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<char[]> scratch_;
    Connection* first_ = nullptr;  // all open connections, an intrusive list
    std::string date_;
    std::int64_t date_second_ = -1;
    std::atomic<std::int64_t> lag_ns_{0};
};

}  // namespace aihub::net
