// Keeps what policies decide: loops hand records over, one thread writes them to files.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "policy/decision_files.hpp"
#include "policy/decision_record.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace aihub::policy {

// policies.decisions.
struct DecisionLogOptions {
    std::string directory;
    std::uint64_t file_bytes_max = 64U << 20U;
    std::uint64_t bytes_max = 1U << 30U;                              // of all files; over it the oldest are removed
    std::chrono::milliseconds retention{std::chrono::hours(7 * 24)};  // of a file, since it was last written to
    std::size_t queue_max = 10'000;           // records of a loop that are not written yet; over it they are dropped
    std::chrono::milliseconds interval{250};  // a record is written at the latest after this
};

class DecisionLog;

// Where one loop puts its records. What it costs the loop is the copy of the facts: no allocation once it has seen the
// usual load, no system call, and a lock that only the writing thread wants, for an instant.
class DecisionLane {
public:
    // Its loop only.
    template <class Decision>
    void record(const AskedHook& asked, const Answer<Decision>& answer) {
        const std::scoped_lock lock(mutex_);
        if (!has_room()) {
            return;
        }
        const auto begin = frames_.size();
        append_record(frames_, asked, answer);
        keep(begin);
    }

private:
    friend class DecisionLog;
    explicit DecisionLane(DecisionLog& log) : log_(log) {}
    [[nodiscard]] bool has_room();
    void keep(std::size_t begin);

    DecisionLog& log_;
    std::mutex mutex_;
    std::string frames_;
    std::size_t records_ = 0;
};

// A record is dropped, and counted, when the queue is full, when it is too large, and when the disk does not take it;
// never does a call wait. There is no fsync but when a file is closed: records survive the end of the process, and when
// the machine loses power the last ones may be gone, which readers know how to pass over.
class DecisionLog {
public:
    // References outlive it. The folder is made when the first record is written.
    DecisionLog(
        const DecisionLogOptions& options, const Clock& clock, telemetry::Log& log, telemetry::Metrics& metrics
    );
    ~DecisionLog();
    DecisionLog(const DecisionLog&) = delete;
    DecisionLog& operator=(const DecisionLog&) = delete;

    // Any thread. A new lane, for one loop; it lives as long as this.
    [[nodiscard]] DecisionLane& lane();
    // Any thread, before a decision is made with them: what aihub.kv has at `version`. Values above 256 KiB are not
    // kept.
    void set_values(std::uint64_t version, const std::map<std::string, std::string, std::less<>>& values);
    // Writes what was recorded and ends the thread. A second call does nothing. Not a loop.
    void stop();

private:
    friend class DecisionLane;
    struct Batch {
        std::string frames;
        std::size_t records = 0;
    };

    void run();
    [[nodiscard]] bool wait();
    void collect(DecisionLane& lane);
    void write(Batch& batch);
    void write_values();
    void remove_old();
    void note(const Result<void>& outcome);

    const DecisionLogOptions options_;
    const Clock& clock_;
    telemetry::Log& log_;
    telemetry::Counter& written_;
    telemetry::Counter& dropped_;
    telemetry::Counter& bytes_;
    std::mutex mutex_;  // guards what follows, up to full_
    std::condition_variable wake_;
    std::vector<std::unique_ptr<DecisionLane>> lanes_;
    std::vector<std::string> new_values_;  // frames
    std::optional<std::uint64_t> told_version_;
    bool stopped_ = false;
    std::atomic<bool> full_{false};  // a lane is half full
    // Of the writing thread.
    DecisionFileWriter files_;
    std::deque<std::string> values_;  // the last ones, which each new file begins with
    Batch batch_;
    bool failing_ = false;
    SteadyTime retry_at_{};
    SteadyTime cleaned_at_{};
    std::string cleaned_for_;  // the file that was open then
    std::jthread thread_;      // last: it uses everything above
};

}  // namespace aihub::policy
