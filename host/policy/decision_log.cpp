#include "policy/decision_log.hpp"

#include "base/thread_kind.hpp"

#include <algorithm>
#include <utility>

namespace aihub::policy {

namespace {

// Room that a lane keeps between its batches; what a rare burst needed is given back.
constexpr std::size_t kLaneBytesKept = 1U << 20U;
// Records wait for the disk in memory: so many bytes of one loop, whatever their number.
constexpr std::size_t kLaneBytesMax = 32U << 20U;
// Loops change over to new values one after the other, so records of older ones still come.
constexpr std::size_t kValuesKept = 4;
constexpr std::chrono::seconds kRetry{1};
constexpr std::chrono::minutes kCleaning{1};

}  // namespace

bool DecisionLane::has_room() {
    if (records_ >= log_.options_.queue_max || frames_.size() >= kLaneBytesMax) {
        log_.dropped_.add();
        return false;
    }
    return true;
}

void DecisionLane::keep(std::size_t begin) {
    if (frames_.size() - begin > kRecordBytesMax + kFrameHeadBytes) {
        frames_.resize(begin);
        log_.dropped_.add();
        return;
    }
    ++records_;
    if (records_ == log_.options_.queue_max / 2 || frames_.size() >= kLaneBytesMax / 2) {
        // Without the lock: a wake-up that comes to nothing costs the interval, no record.
        log_.full_.store(true, std::memory_order_relaxed);
        log_.wake_.notify_one();
    }
}

DecisionLog::DecisionLog(
    const DecisionLogOptions& options, const Clock& clock, telemetry::Log& log, telemetry::Metrics& metrics
)
    : options_(options),
      clock_(clock),
      log_(log),
      written_(
          metrics.counter("aihub_policy_decisions_total", "Records of what policies decided.", {{"result", "written"}})
      ),
      dropped_(
          metrics.counter("aihub_policy_decisions_total", "Records of what policies decided.", {{"result", "dropped"}})
      ),
      bytes_(metrics.counter("aihub_policy_decision_bytes_total", "Bytes of records of what policies decided.")),
      files_(options.directory, options.file_bytes_max, clock) {
    thread_ = std::jthread([this] { run(); });
}

DecisionLog::~DecisionLog() {
    stop();
}

DecisionLane& DecisionLog::lane() {
    const std::scoped_lock lock(mutex_);
    lanes_.push_back(std::unique_ptr<DecisionLane>(new DecisionLane(*this)));
    return *lanes_.back();
}

void DecisionLog::set_values(std::uint64_t version, const std::map<std::string, std::string, std::less<>>& values) {
    const std::scoped_lock lock(mutex_);
    if (told_version_ == version) {
        return;
    }
    told_version_ = version;
    std::string frame;
    append_values(frame, version, values);
    if (frame.size() > kRecordBytesMax + kFrameHeadBytes) {
        dropped_.add();
        return;
    }
    seal_frames(frame);
    new_values_.push_back(std::move(frame));
}

void DecisionLog::stop() {
    {
        const std::scoped_lock lock(mutex_);
        stopped_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void DecisionLog::run() {
    set_thread_kind(ThreadKind::worker);
    bool more = true;
    while (more) {
        more = wait();
        std::vector<DecisionLane*> lanes;
        {
            const std::scoped_lock lock(mutex_);
            std::ranges::transform(lanes_, std::back_inserter(lanes), [](const auto& lane) { return lane.get(); });
        }
        for (auto* lane : lanes) {
            collect(*lane);
        }
        files_.tick();
        remove_old();
    }
}

// False: stopped; what there is is to be written once more.
bool DecisionLog::wait() {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, options_.interval, [this] { return stopped_ || full_.load(std::memory_order_relaxed); });
    full_.store(false, std::memory_order_relaxed);
    return !stopped_;
}

void DecisionLog::collect(DecisionLane& lane) {
    batch_.frames.clear();
    if (batch_.frames.capacity() > kLaneBytesKept) {
        batch_.frames = std::string();
    }
    {
        const std::scoped_lock lock(lane.mutex_);
        batch_.frames.swap(lane.frames_);
        batch_.records = std::exchange(lane.records_, 0);
    }
    // Behind the records: values are told before a decision is made with them.
    write_values();
    if (batch_.records > 0) {
        seal_frames(batch_.frames);
        write(batch_);
    }
}

void DecisionLog::write_values() {
    std::vector<std::string> fresh;
    {
        const std::scoped_lock lock(mutex_);
        fresh.swap(new_values_);
    }
    for (auto& frame : fresh) {
        if (!files_.would_begin(frame.size())) {
            note(files_.append(frame, {}));
        }
        values_.push_back(std::move(frame));
        if (values_.size() > kValuesKept) {
            values_.pop_front();
        }
    }
}

void DecisionLog::write(Batch& batch) {
    if (failing_ && clock_.steady_now() < retry_at_) {
        dropped_.add(batch.records);
        return;
    }
    std::string preface;
    if (files_.would_begin(batch.frames.size())) {
        for (const auto& frame : values_) {
            preface += frame;
        }
    }
    const auto outcome = files_.append(batch.frames, preface);
    note(outcome);
    if (outcome) {
        written_.add(batch.records);
        bytes_.add(batch.frames.size());
    } else {
        dropped_.add(batch.records);
    }
}

// Says it once when it begins and once when it ends.
void DecisionLog::note(const Result<void>& outcome) {
    if (!outcome) {
        retry_at_ = clock_.steady_now() + kRetry;
        if (!failing_) {
            log_.error("decisions of policies are not recorded", {{"why", outcome.error().message}});
        }
    } else if (failing_) {
        log_.info("decisions of policies are recorded again");
    }
    failing_ = !outcome;
}

void DecisionLog::remove_old() {
    const auto now = clock_.steady_now();
    if (files_.path().empty() || (files_.path() == cleaned_for_ && now - cleaned_at_ < kCleaning)) {
        return;
    }
    cleaned_at_ = now;
    cleaned_for_ = files_.path();
    const auto removed =
        remove_old_files(options_.directory, options_.bytes_max, clock_.wall_now() - options_.retention, files_.path());
    if (!removed) {
        log_.warn("old decisions of policies were not removed", {{"why", removed.error().message}});
    }
}

}  // namespace aihub::policy
