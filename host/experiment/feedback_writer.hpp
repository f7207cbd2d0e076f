// Feedback on its way to the database, off the request path.
#pragma once

#include "base/bounded_queue.hpp"
#include "base/clock.hpp"
#include "experiment/feedback_store.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace aihub::experiment {

struct FeedbackWriterOptions {
    std::size_t queue_max = 10000;            // not taken by the writer yet; over it feedback is refused
    std::chrono::milliseconds interval{500};  // it is stored at the latest after this
    std::chrono::milliseconds retry{1000};    // pause after the database took none
};

// Stores feedback on a thread of its own. What add() has taken is stored, also at stop(); lost is only what stop()
// could not store in time, which is counted, and what is in memory when the process is killed.
class FeedbackWriter {
public:
    // References outlive the writer.
    FeedbackWriter(
        FeedbackStore& store,
        const Clock& clock,
        telemetry::Log& log,
        telemetry::Metrics& metrics,
        const FeedbackWriterOptions& options = {}
    );
    ~FeedbackWriter();
    FeedbackWriter(const FeedbackWriter&) = delete;
    FeedbackWriter& operator=(const FeedbackWriter&) = delete;

    // Any thread, waits for no disk. False: the queue is full or stopped; it was not taken.
    [[nodiscard]] bool add(Feedback feedback);
    // Takes no more and writes what is queued, for at most `patience`. One thread at a time, not a loop.
    void stop(std::chrono::milliseconds patience);

private:
    void run();
    void gather();
    [[nodiscard]] bool write(const std::vector<Feedback>& batch);
    [[nodiscard]] bool pause();

    FeedbackStore& store_;
    const Clock& clock_;
    telemetry::Log& log_;
    const FeedbackWriterOptions options_;
    telemetry::Counter& written_;
    telemetry::Counter& refused_;
    telemetry::Counter& lost_;
    BoundedQueue<Feedback> queue_;
    bool failing_ = false;  // of the writing thread
    std::mutex mutex_;      // guards deadline_
    std::condition_variable wake_;
    std::optional<SteadyTime> deadline_;  // set by stop()
    std::jthread thread_;                 // last: it uses everything above
};

}  // namespace aihub::experiment
