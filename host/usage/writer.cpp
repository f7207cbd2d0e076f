#include "usage/writer.hpp"

#include "base/thread_kind.hpp"

#include <algorithm>
#include <utility>

namespace aihub::usage {

namespace {

using std::chrono::milliseconds;

// How long an idle writer sleeps when nothing wakes it. Only a bound: rows and stop() do.
constexpr milliseconds kIdle{60000};

// The longest pause between two tries while a stop waits for them.
constexpr milliseconds kStopRetry{100};

// A batch of no rows would never end.
WriterOptions usable(WriterOptions options) {
    options.batch_rows_max = std::max<std::size_t>(1, options.batch_rows_max);
    return options;
}

}  // namespace

Writer::Writer(
    Store& store, const Clock& clock, telemetry::Log& log, telemetry::Metrics& metrics, const WriterOptions& options
)
    : store_(store),
      clock_(clock),
      log_(log),
      options_(usable(options)),
      written_(metrics.counter("aihub_usage_rows_written_total", "Usage rows stored.")),
      dropped_(metrics.counter(
          "aihub_usage_rows_dropped_total", "Usage rows lost: the queue was full, or the stop was out of time."
      )),
      failures_(metrics.counter("aihub_usage_batch_failures_total", "Batches of usage rows that could not be stored.")),
      queue_gauge_(metrics.gauge("aihub_usage_queue_rows", "Usage rows waiting to be stored.")),
      batch_seconds_(metrics.histogram("aihub_usage_batch_seconds", "Time to store one batch of usage rows.")),
      queue_(options.queue_rows_max),
      ids_(store.row_ids()) {
    thread_ = std::jthread([this] { run(); });
}

Writer::~Writer() {
    (void)stop(milliseconds(0));
}

bool Writer::record(const model::UsageRow& row) {
    // Counted before it is queued: the limit holds for rows in the queue and rows being written together.
    const auto before = waiting_.fetch_add(1, std::memory_order_relaxed);
    if (before >= options_.queue_rows_max || !queue_.push(row)) {
        waiting_.fetch_sub(1, std::memory_order_relaxed);
        dropped_.add();
        return false;
    }
    queue_gauge_.add(1);
    if (before + 1 == options_.batch_rows_max) {
        // A full batch need not wait for the interval. Under the lock, once in a batch, so that the writer cannot miss
        // it between its check and its wait; nobody holds this lock for longer than such a check.
        const std::scoped_lock lock(mutex_);
        wake_.notify_one();
    }
    return true;
}

std::size_t Writer::stop(milliseconds patience) {
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
    return lost_;
}

std::string Writer::problem() const {
    return problem_.with([](const std::string& text) { return text; });
}

void Writer::run() {
    set_thread_kind(ThreadKind::worker);
    std::span<const StoredRow> rows;
    while (collect(rows)) {
        const auto left = write_all(rows);
        if (left == 0) {
            continue;
        }
        // Out of time: what is still queued is lost, too.
        lost_ = left + queue_.take(0).size();
        dropped_.add(lost_);
        log_.error("usage rows lost, they could not be stored before the stop", {{"rows", std::uint64_t{lost_}}});
        return;
    }
}

// Waits for rows: a full batch, or what has come within the interval. False: stopped, and nothing is left.
bool Writer::collect(std::span<const StoredRow>& rows) {
    if (!queue_.wait(kIdle)) {
        return false;
    }
    {
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, options_.flush_interval, [this] {
            return deadline_.has_value() || waiting() >= options_.batch_rows_max;
        });
    }
    const auto taken = queue_.take(4 * options_.batch_rows_max);
    const auto now = clock_.wall_now();
    for (auto& row : taken) {
        row.id = ids_.next(now);
    }
    rows = taken;
    return true;
}

// Gives the number of rows that are not stored because the stop is out of time.
std::size_t Writer::write_all(std::span<const StoredRow> all) {
    auto delay = options_.retry_first;
    std::size_t done = 0;
    while (done < all.size()) {
        const auto batch = all.subspan(done, std::min(options_.batch_rows_max, all.size() - done));
        if (write_batch(batch)) {
            done += batch.size();
            delay = options_.retry_first;
            continue;
        }
        // The same rows again under the same ids: the commit that failed may have happened.
        if (!pause(delay)) {
            return all.size() - done;
        }
        delay = std::min(delay * 2, options_.retry_max);
    }
    return 0;
}

bool Writer::write_batch(std::span<const StoredRow> batch) {
    const auto start = clock_.steady_now();
    const auto outcome = store_.write(batch);
    batch_seconds_.observe_ns(std::chrono::duration_cast<std::chrono::nanoseconds>(clock_.steady_now() - start).count()
    );
    note(outcome);
    if (!outcome) {
        return false;
    }
    written_.add(batch.size());
    waiting_.fetch_sub(batch.size(), std::memory_order_relaxed);
    queue_gauge_.add(-static_cast<std::int64_t>(batch.size()));
    return true;
}

// Waits before a retry. A stop ends the wait, so that there is a try at once, and bounds those that follow. False: the
// stop is out of time.
bool Writer::pause(milliseconds length) {
    std::unique_lock lock(mutex_);
    if (!deadline_) {
        wake_.wait_for(lock, length, [this] { return deadline_.has_value(); });
        return true;
    }
    const auto left = *deadline_ - clock_.steady_now();
    if (left <= SteadyTime::duration::zero()) {
        return false;
    }
    const auto wait = std::min<SteadyTime::duration>({left, length, kStopRetry});
    wake_.wait_for(lock, wait, [] { return false; });
    return true;
}

void Writer::note(const Result<void>& outcome) {
    const std::string text = outcome ? std::string() : "usage rows are not being stored: " + outcome.error().message;
    const bool was_failing = problem_.with([&](std::string& now) { return !std::exchange(now, text).empty(); });
    if (!outcome) {
        failures_.add();
        if (!was_failing) {
            log_.error(
                "usage rows cannot be stored, they are kept and tried again", {{"error", outcome.error().message}}
            );
        }
        return;
    }
    if (was_failing) {
        log_.info("usage rows can be stored again");
    }
}

}  // namespace aihub::usage
