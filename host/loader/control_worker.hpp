// The one thread on which plugins' [control] functions run after start-up.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace aihub::loader {

// Keeps [control] functions one at a time: a task posted here, and a call through run() on any other thread, wait for
// each other. That lock is held across plugin calls on purpose: it is what [control] means. The thread starts with
// start(); without it, and after stop(), tasks run where they are posted. The queue holds at most one task for each
// living instance and plugin.
class ControlWorker {
public:
    ControlWorker() = default;
    ~ControlWorker() { stop(); }
    ControlWorker(const ControlWorker&) = delete;
    ControlWorker& operator=(const ControlWorker&) = delete;

    void start();
    // Runs what is queued, then ends the thread.
    void stop();
    // Any thread.
    void post(std::function<void()> task);
    // Waits until everything posted before has run.
    void flush();

    template <class Call>
    decltype(auto) run(Call&& call) {
        const std::scoped_lock one_at_a_time(control_);
        return std::forward<Call>(call)();
    }

private:
    void work();

    std::recursive_mutex control_;
    std::mutex mutex_;  // guards the members below
    std::condition_variable changed_;
    std::deque<std::function<void()>> tasks_;
    bool running_ = false;
    bool busy_ = false;
    std::jthread thread_;
};

}  // namespace aihub::loader
