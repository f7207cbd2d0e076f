// What the host lends to plugins of an event loop. Implemented over host/net by host/app, and by fakes in tests.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace aihub::capability {

// One event loop. post() from any thread; timers from the loop's own thread.
class Loop {
public:
    virtual ~Loop() = default;
    virtual void post(std::function<void()> task) = 0;
    // Runs `task` once after `delay`. The id is never 0.
    virtual std::uint64_t start_timer(std::chrono::nanoseconds delay, std::function<void()> task) = 0;
    // Unknown and fired ids are ignored.
    virtual void cancel_timer(std::uint64_t id) = 0;
};

// The loop that the calling thread runs, or nullptr when it runs none.
class CurrentLoop {
public:
    virtual ~CurrentLoop() = default;
    [[nodiscard]] virtual Loop* current() const = 0;
};

}  // namespace aihub::capability
