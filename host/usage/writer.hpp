// Usage rows on their way to the database, off the request path.
#pragma once

#include "base/clock.hpp"
#include "base/guarded.hpp"
#include "base/result.hpp"
#include "model/usage_row.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"
#include "usage/row_queue.hpp"
#include "usage/store.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>

namespace aihub::usage {

struct WriterOptions {
    std::size_t queue_rows_max = 100000;            // rows not stored yet; over it rows are dropped and counted
    std::size_t batch_rows_max = 1000;              // rows in one transaction
    std::chrono::milliseconds flush_interval{500};  // a row is stored at the latest after this
    std::chrono::milliseconds retry_first{100};     // pause after a failed batch; doubles
    std::chrono::milliseconds retry_max{10000};     // up to this
};

// Stores rows in batches on a thread of its own. A row that record() has taken is stored exactly once: a batch whose
// commit failed is written again under the same ids, and what is queued at stop() is written before it returns. Lost
// are only rows over queue_rows_max, rows that stop() could not store in time (both are counted) and rows in memory
// when the process is killed.
class Writer {
public:
    // References outlive the writer.
    Writer(
        Store& store,
        const Clock& clock,
        telemetry::Log& log,
        telemetry::Metrics& metrics,
        const WriterOptions& options = {}
    );
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    // Any thread, waits for no disk. False: the queue is full or stopped; the row was dropped and counted.
    bool record(const model::UsageRow& row);
    // Takes no more rows and writes what is queued, for at most `patience`. Gives the number of rows that could not be
    // stored; 0 at a normal stop. A second call gives the same. One thread at a time, not a loop.
    std::size_t stop(std::chrono::milliseconds patience);

    // Any thread. Why rows are not being stored, for people and readiness; empty: they are.
    [[nodiscard]] std::string problem() const;
    // Any thread. Rows taken and not stored yet.
    [[nodiscard]] std::size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }

private:
    void run();
    [[nodiscard]] bool collect(std::span<const StoredRow>& rows);
    [[nodiscard]] std::size_t write_all(std::span<const StoredRow> all);
    [[nodiscard]] bool write_batch(std::span<const StoredRow> batch);
    [[nodiscard]] bool pause(std::chrono::milliseconds length);
    void note(const Result<void>& outcome);

    Store& store_;
    const Clock& clock_;
    telemetry::Log& log_;
    const WriterOptions options_;
    telemetry::Counter& written_;
    telemetry::Counter& dropped_;
    telemetry::Counter& failures_;
    telemetry::Gauge& queue_gauge_;
    telemetry::Histogram& batch_seconds_;
    RowQueue queue_;
    std::atomic<std::size_t> waiting_{0};
    RowIds ids_;            // of the writing thread
    std::size_t lost_ = 0;  // read after the thread has ended
    Guarded<std::string> problem_;
    std::mutex mutex_;  // guards deadline_, and a full batch's wake-up
    std::condition_variable wake_;
    std::optional<SteadyTime> deadline_;  // set by stop()
    std::jthread thread_;                 // last: it uses everything above
};

}  // namespace aihub::usage
