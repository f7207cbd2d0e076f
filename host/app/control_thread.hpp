// A thread that does one thing every so often, and in between what it is given.
#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

namespace aihub::app {

// Everything that it runs may block and runs one after the other. Ends with its owner, after what is running; what
// still waits is dropped.
class ControlThread {
public:
    using Task = std::function<void()>;
    static constexpr std::size_t kTasksMax = 1024;

    // `name`: up to 15 letters. The first `tick` comes after the first interval. `clock` outlives it.
    ControlThread(std::string name, std::chrono::milliseconds interval, Task tick, const Clock& clock);
    ~ControlThread();
    ControlThread(const ControlThread&) = delete;
    ControlThread& operator=(const ControlThread&) = delete;

    // Any thread. Runs `task` soon. False: kTasksMax tasks wait already, and it is dropped.
    bool post(Task task);
    // Any thread. From the next tick on.
    void set_interval(std::chrono::milliseconds interval);

private:
    void run(const std::stop_token& stop);
    // The next task that was given; nothing at `until`.
    [[nodiscard]] Task next(std::unique_lock<std::mutex>& lock, const std::stop_token& stop, SteadyTime until);

    const std::string name_;
    const Task tick_;
    const Clock& clock_;
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::chrono::milliseconds interval_;
    std::deque<Task> tasks_;
    std::jthread thread_;  // last: it uses everything above
};

}  // namespace aihub::app
