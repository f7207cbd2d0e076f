// Notices that the process comes near its memory limit, so that it refuses calls before the kernel ends it.
#pragma once

#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

namespace aihub::app {

// Bytes of memory that the process has now, without those that were swapped out. A control or test thread.
[[nodiscard]] std::uint64_t resident_bytes();

struct MemoryBudget {
    std::uint64_t limit = 0;        // bytes; 0: none
    std::size_t shed_percent = 90;  // of the limit: from here on calls are refused; 0: never
};

// A thread that reads the memory of the process: 50 times a second when more than half of what it may have is used, 10
// times when less, and once without a limit. It begins to shed at shed_percent of the limit and ends a tenth below
// that, so that it does not flutter, and gives free memory of the allocator back to the system meanwhile. Each begin
// and end is a log line. Metrics: aihub_memory_resident_bytes, aihub_memory_limit_bytes, aihub_memory_shedding.
class MemoryWatch {
public:
    using Resident = std::function<std::uint64_t()>;
    // `shedding` is what requests look at; it and the references outlive this.
    MemoryWatch(
        std::atomic<bool>& shedding,
        const MemoryBudget& budget,
        Resident resident,
        telemetry::Log& log,
        telemetry::Metrics& metrics
    );
    ~MemoryWatch();
    MemoryWatch(const MemoryWatch&) = delete;
    MemoryWatch& operator=(const MemoryWatch&) = delete;

    // Any thread; counts at once.
    void set_budget(const MemoryBudget& budget);

private:
    void run(const std::stop_token& stop);
    [[nodiscard]] std::chrono::milliseconds look();
    void begin(std::uint64_t resident);
    void end(std::uint64_t resident);

    std::atomic<bool>& shedding_;
    const Resident resident_;
    telemetry::Log& log_;
    telemetry::Gauge& limit_metric_;
    telemetry::Gauge& shedding_metric_;
    std::shared_ptr<std::atomic<std::uint64_t>> seen_;  // shared with the metric, which may outlive this
    std::mutex mutex_;
    std::condition_variable_any wake_;
    MemoryBudget budget_;
    bool changed_ = false;
    int until_trim_ = 0;   // looks, while it sheds
    std::jthread thread_;  // last: it uses everything above
};

}  // namespace aihub::app
