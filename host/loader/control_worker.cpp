#include "loader/control_worker.hpp"

namespace aihub::loader {

void ControlWorker::start() {
    const std::scoped_lock lock(mutex_);
    if (!running_) {
        running_ = true;
        thread_ = std::jthread([this] { work(); });
    }
}

void ControlWorker::stop() {
    {
        const std::scoped_lock lock(mutex_);
        running_ = false;
    }
    changed_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void ControlWorker::post(std::function<void()> task) {
    {
        const std::scoped_lock lock(mutex_);
        if (running_) {
            tasks_.push_back(std::move(task));
            changed_.notify_all();
            return;
        }
    }
    run(task);
}

void ControlWorker::flush() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return tasks_.empty() && !busy_; });
}

void ControlWorker::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return !running_ || !tasks_.empty(); });
        if (tasks_.empty()) {
            return;
        }
        std::function<void()> task = std::move(tasks_.front());
        tasks_.pop_front();
        busy_ = true;
        lock.unlock();
        run(task);
        task = nullptr;  // What it holds may post again, so it goes before the lock is taken.
        lock.lock();
        busy_ = false;
        changed_.notify_all();
    }
}

}  // namespace aihub::loader
