#include "loader/work_pool.hpp"

#include <utility>

namespace aihub::loader {

WorkPool::WorkPool(Options options, telemetry::Metrics& metrics)
    : options_(options),
      queued_(metrics.gauge("aihub_plugin_work_queued", "Jobs of plugins that wait for a worker.")),
      running_(metrics.gauge("aihub_plugin_work_running", "Jobs of plugins that run.")),
      refused_(metrics.counter("aihub_plugin_work_refused_total", "Jobs of plugins refused because the queue was full.")
      ) {}

bool WorkPool::submit(std::function<void()> job) {
    const std::scoped_lock lock(mutex_);
    if (stopped_ || jobs_.size() >= options_.queue_max || options_.threads == 0) {
        refused_.add();
        return false;
    }
    jobs_.push_back(std::move(job));
    queued_.add(1);
    while (threads_.size() < options_.threads) {
        threads_.emplace_back([this] { work(); });
    }
    changed_.notify_one();
    return true;
}

void WorkPool::stop() {
    std::vector<std::jthread> threads;
    {
        const std::scoped_lock lock(mutex_);
        stopped_ = true;
        threads.swap(threads_);
    }
    changed_.notify_all();
}

void WorkPool::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return stopped_ || !jobs_.empty(); });
        if (jobs_.empty()) {
            return;
        }
        std::function<void()> job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        queued_.add(-1);
        running_.add(1);
        job();
        job = nullptr;
        running_.add(-1);
        lock.lock();
    }
}

}  // namespace aihub::loader
