#include "experiment/feedback_writer.hpp"

#include "base/thread_kind.hpp"

#include <algorithm>
#include <utility>

namespace aihub::experiment {

namespace {

using std::chrono::milliseconds;

// How long an idle writer sleeps when nothing wakes it. Only a bound: feedback and stop() do.
constexpr milliseconds kIdle{60000};

}  // namespace

FeedbackWriter::FeedbackWriter(
    FeedbackStore& store,
    const Clock& clock,
    telemetry::Log& log,
    telemetry::Metrics& metrics,
    const FeedbackWriterOptions& options
)
    : store_(store),
      clock_(clock),
      log_(log),
      options_(options),
      written_(metrics.counter("aihub_feedback_written_total", "Feedback stored.")),
      refused_(metrics.counter("aihub_feedback_refused_total", "Feedback refused: its queue was full.")),
      lost_(metrics.counter("aihub_feedback_lost_total", "Feedback lost: the stop was out of time.")),
      queue_(options.queue_max) {
    thread_ = std::jthread([this] { run(); });
}

FeedbackWriter::~FeedbackWriter() {
    stop(milliseconds(0));
}

bool FeedbackWriter::add(Feedback feedback) {
    if (!queue_.push(std::move(feedback))) {
        refused_.add();
        return false;
    }
    return true;
}

void FeedbackWriter::stop(milliseconds patience) {
    {
        const std::scoped_lock lock(mutex_);
        if (!deadline_) {
            deadline_ = clock_.steady_now() + patience;
        }
    }
    queue_.close();
    wake_.notify_one();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void FeedbackWriter::run() {
    set_thread_kind(ThreadKind::worker);
    std::vector<Feedback> batch;
    while (queue_.take_all(batch, kIdle)) {
        if (batch.empty()) {
            continue;
        }
        // More may come meanwhile; it goes with the next batch.
        while (!write(batch)) {
            if (!pause()) {
                std::vector<Feedback> rest;
                while (queue_.take_all(rest, milliseconds(0))) {
                    batch.insert(batch.end(), rest.begin(), rest.end());
                }
                lost_.add(batch.size());
                log_.error("feedback lost, it could not be stored before the stop", {{"count", batch.size()}});
                return;
            }
        }
        gather();
    }
}

// Lets more come, so that a busy database gets a batch for each interval.
void FeedbackWriter::gather() {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, options_.interval, [this] { return deadline_.has_value(); });
}

bool FeedbackWriter::write(const std::vector<Feedback>& batch) {
    const auto outcome = store_.write(batch);
    if (outcome) {
        written_.add(batch.size());
        if (std::exchange(failing_, false)) {
            log_.info("feedback can be stored again");
        }
        return true;
    }
    if (!std::exchange(failing_, true)) {
        log_.error("feedback cannot be stored, it is kept and tried again", {{"error", outcome.error().message}});
    }
    return false;
}

// Before the next try. False: the stop is out of time.
bool FeedbackWriter::pause() {
    std::unique_lock lock(mutex_);
    if (!deadline_) {
        wake_.wait_for(lock, options_.retry, [this] { return deadline_.has_value(); });
        return true;
    }
    const auto left = *deadline_ - clock_.steady_now();
    if (left <= SteadyTime::duration::zero()) {
        return false;
    }
    constexpr milliseconds kStopRetry{100};
    wake_.wait_for(lock, std::min<SteadyTime::duration>(left, kStopRetry), [] { return false; });
    return true;
}

}  // namespace aihub::experiment
