#include "app/control_thread.hpp"

#include "base/thread_kind.hpp"

#include <pthread.h>

#include <utility>

namespace aihub::app {

ControlThread::ControlThread(std::string name, std::chrono::milliseconds interval, Task tick, const Clock& clock)
    : name_(std::move(name)), tick_(std::move(tick)), clock_(clock), interval_(interval) {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

ControlThread::~ControlThread() = default;

bool ControlThread::post(Task task) {
    {
        const std::scoped_lock lock(mutex_);
        if (tasks_.size() >= kTasksMax) {
            return false;
        }
        tasks_.push_back(std::move(task));
    }
    wake_.notify_one();
    return true;
}

void ControlThread::set_interval(std::chrono::milliseconds interval) {
    const std::scoped_lock lock(mutex_);
    interval_ = interval;
}

ControlThread::Task ControlThread::next(
    std::unique_lock<std::mutex>& lock, const std::stop_token& stop, SteadyTime until
) {
    if (!wake_.wait_for(lock, stop, until - clock_.steady_now(), [this] { return !tasks_.empty(); })) {
        return nullptr;
    }
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    return task;
}

void ControlThread::run(const std::stop_token& stop) {
    set_thread_kind(ThreadKind::control);
    pthread_setname_np(pthread_self(), name_.c_str());
    std::unique_lock lock(mutex_);
    auto due = clock_.steady_now() + interval_;
    for (;;) {
        // Many tasks must not keep the tick from its turn.
        const bool late = clock_.steady_now() >= due;
        Task task = late ? nullptr : next(lock, stop, due);
        if (stop.stop_requested()) {
            return;
        }
        const auto interval = interval_;
        lock.unlock();
        if (task) {
            task();
        } else {
            tick_();
            due = clock_.steady_now() + interval;
        }
        task = nullptr;
        lock.lock();
    }
}

}  // namespace aihub::app
