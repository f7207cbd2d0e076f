// The bounded worker pool behind aihub.work/1.
#pragma once

#include "telemetry/metrics.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace aihub::loader {

// Threads start with the first job. Any thread may submit; a full queue refuses. stop() waits for running and queued
// jobs, because their owners wait for the end of each. Gauges aihub_plugin_work_queued and aihub_plugin_work_running.
class WorkPool {
public:
    struct Options {
        std::size_t threads = 2;
        std::size_t queue_max = 256;
    };
    WorkPool(Options options, telemetry::Metrics& metrics);
    ~WorkPool() { stop(); }
    WorkPool(const WorkPool&) = delete;
    WorkPool& operator=(const WorkPool&) = delete;

    // False: the queue is full or the pool has stopped, and `job` will not run.
    [[nodiscard]] bool submit(std::function<void()> job);
    void stop();

private:
    void work();

    const Options options_;
    telemetry::Gauge& queued_;
    telemetry::Gauge& running_;
    telemetry::Counter& refused_;
    std::mutex mutex_;  // guards the members below
    std::condition_variable changed_;
    std::deque<std::function<void()>> jobs_;
    std::vector<std::jthread> threads_;
    bool stopped_ = false;
};

}  // namespace aihub::loader
