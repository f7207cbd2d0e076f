#include "policy/replay.hpp"

#include "base/thread_kind.hpp"
#include "policy/ask_again.hpp"
#include "policy/decision_files.hpp"
#include "policy/decision_record.hpp"
#include "policy/known_values.hpp"
#include "policy/replay_tally.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>

namespace aihub::policy {

namespace {

constexpr std::size_t kPieceBytes = 1U << 20U;
constexpr std::size_t kWorkersMax = 64;
// For guessing the number of records from the bytes.
constexpr std::uint64_t kRecordBytesUsual = 300;
struct Piece {
    std::string frames;
    std::shared_ptr<const ValuesByVersion> values;  // of its file
};

// Pieces of files on their way to the workers; bounded, so that reading waits for them.
class PieceQueue {
public:
    explicit PieceQueue(std::size_t pieces_max) : pieces_max_(pieces_max) {}

    void push(Piece piece) {
        std::unique_lock lock(mutex_);
        taken_.wait(lock, [this] { return pieces_.size() < pieces_max_; });
        pieces_.push_back(std::move(piece));
        pushed_.notify_one();
    }
    // Empty: there will be no more.
    std::optional<Piece> pop() {
        std::unique_lock lock(mutex_);
        pushed_.wait(lock, [this] { return closed_ || !pieces_.empty(); });
        if (pieces_.empty()) {
            return std::nullopt;
        }
        auto piece = std::move(pieces_.front());
        pieces_.pop_front();
        taken_.notify_one();
        return piece;
    }
    void close() {
        const std::scoped_lock lock(mutex_);
        closed_ = true;
        pushed_.notify_all();
    }

private:
    const std::size_t pieces_max_;
    std::mutex mutex_;
    std::condition_variable pushed_;
    std::condition_variable taken_;
    std::deque<Piece> pieces_;
    bool closed_ = false;
};

// Evenly over requests, and the same ones each time.
bool in_sample(std::string_view request_id, std::uint32_t sample) {
    if (sample >= ReplayOptions::kAllRequests) {
        return true;
    }
    constexpr std::uint64_t kOffset = 14695981039346656037ULL;  // FNV-1a
    constexpr std::uint64_t kPrime = 1099511628211ULL;
    std::uint64_t hash = kOffset;
    for (const char letter : request_id) {
        hash = (hash ^ static_cast<unsigned char>(letter)) * kPrime;
    }
    constexpr unsigned kHalf = 32;
    return (hash ^ (hash >> kHalf)) % ReplayOptions::kAllRequests < sample;
}

// Whether the same inputs came to the same. Where a script was stopped depends on what was in memory already, so of
// stops only the limit is compared.
bool is_same(std::string_view before, std::string_view after) {
    if (before == after) {
        return true;
    }
    const auto fault = fault_of_result(before);
    return fault && (*fault == Fault::steps || *fault == Fault::memory) && fault == fault_of_result(after);
}

// Whether a replay shall go on. Any thread.
class ReplayBound {
public:
    explicit ReplayBound(const ReplayOptions& options) : options_(options) {}

    [[nodiscard]] bool over() const {
        return compared_.load(std::memory_order_relaxed) >= options_.compared_max || (options_.stop && options_.stop());
    }
    void compared() { compared_.fetch_add(1, std::memory_order_relaxed); }

private:
    const ReplayOptions& options_;
    std::atomic<std::uint64_t> compared_{0};
};

// On Linux this is about the calling thread alone. Where it is not allowed, the thread is as before.
void give_way() {
    constexpr int kNice = 15;
    (void)::setpriority(PRIO_PROCESS, 0, kNice);
}

class ReplayWorker {
public:
    ReplayWorker(
        std::shared_ptr<const Bundle> bundle,
        ReplayMode mode,
        const ReplayOptions& options,
        std::uint64_t watch_every,
        ReplayBound& bound
    )
        : bundle_(std::move(bundle)), mode_(mode), options_(options), watch_every_(watch_every), bound_(bound) {
        tally.report().mode = mode;
    }

    Result<void> open() {
        auto plain = mode_ == ReplayMode::verify ? patient(options_.state) : options_.state;
        plain.log = nullptr;
        plain.watch = nullptr;
        state_ = AIHUB_TRY(PolicyState::open(bundle_, plain));
        auto watched = patient(options_.state);
        watched.watch = &lines;
        watched_ = AIHUB_TRY(PolicyState::open(bundle_, watched));
        return {};
    }

    void work(PieceQueue& pieces) {
        set_thread_kind(ThreadKind::worker);
        if (options_.gives_way) {
            give_way();
        }
        while (const auto piece = pieces.pop()) {
            std::string_view rest = piece->frames;
            while (!bound_.over()) {
                const auto cut = cut_frame(rest);
                if (!cut) {
                    break;
                }
                look_at(*cut, *piece->values);
            }
            tally.report().unread_bytes += rest.size();
        }
    }

    ReplayTally tally;
    SeenLines lines;

private:
    void look_at(const FrameCut& cut, const ValuesByVersion& values) {
        auto& report = tally.report();
        const auto kind = cut.sound ? record_kind(cut.payload) : std::nullopt;
        if (kind == RecordKind::values) {
            return;
        }
        ++report.records;
        if (kind == RecordKind::newer) {
            ++report.newer;
        } else if (!kind || !decode_record(cut.payload, record_)) {
            ++report.damaged;
        } else if (!is_chosen()) {
            ++report.not_chosen;
        } else if (mode_ == ReplayMode::verify && record_.bundle_hash != bundle_->hash()) {
            ++report.other_bundle;
        } else if (!give_values(values, record_) || (mode_ == ReplayMode::verify && fault_of_result(record_.result) == Fault::time)) {
            ++report.not_comparable;
        } else {
            compare();
        }
    }

    [[nodiscard]] bool is_chosen() const {
        const auto& call = record_.facts.call;
        return (!options_.since || call.now >= *options_.since) && (options_.key.empty() || call.key == options_.key) &&
               in_sample(call.request_id, options_.sample) &&
               (mode_ == ReplayMode::verify || record_.part != DecidedAs::shadow);
    }

    void compare() {
        if (!state_->has(record_.hook)) {
            tally.count_gone(record_);
            return;
        }
        after_.clear();
        const auto steps = ask_again(*state_, record_, after_);
        bound_.compared();
        tally.count(record_, after_, steps, !is_same(record_.result, after_));
        if (++compared_ % watch_every_ == 0) {
            ++tally.report().watched;
            unused_.clear();
            (void)ask_again(*watched_, record_, unused_);
        }
    }

    const std::shared_ptr<const Bundle> bundle_;
    const ReplayMode mode_;
    const ReplayOptions& options_;
    const std::uint64_t watch_every_;
    ReplayBound& bound_;
    std::unique_ptr<PolicyState> state_;
    std::unique_ptr<PolicyState> watched_;
    std::uint64_t compared_ = 0;
    DecisionRecord record_;
    std::string after_;
    std::string unused_;
};

// Reads the files on the calling thread, for the workers.
class ReplayReader {
public:
    ReplayReader(PieceQueue& pieces, const ReplayOptions& options, const ReplayBound& bound, ReplayReport& report)
        : pieces_(pieces), options_(options), bound_(bound), report_(report) {}

    // A file that was removed in the meantime is not there.
    Result<void> read(const std::vector<DecisionFile>& files) {
        for (const auto& file : files) {
            at_.bytes_all += file.bytes;
        }
        for (const auto& file : files) {
            if (report_.unread_bytes > 0) {
                report_.unread_bytes += file.bytes;
                continue;
            }
            auto read = read_one(file);
            if (!read && read.error().code != Errc::not_found) {
                return read;
            }
        }
        return {};
    }

private:
    Result<void> read_one(const DecisionFile& file) {
        auto reader = AIHUB_TRY(DecisionFileReader::open(file.path));
        KnownValues known;
        std::uint64_t bytes = 0;
        for (;;) {
            Piece piece;
            if (!AIHUB_TRY(reader.next(piece.frames, kPieceBytes))) {
                break;
            }
            if (bound_.over()) {
                // The file may have grown since it was listed.
                report_.unread_bytes +=
                    std::max<std::uint64_t>(piece.frames.size(), file.bytes - std::min(file.bytes, bytes));
                break;
            }
            bytes += piece.frames.size();
            at_.bytes = std::min(at_.bytes + piece.frames.size(), at_.bytes_all);
            known.learn(piece.frames);
            piece.values = known.all();
            pieces_.push(std::move(piece));
            if (options_.progress) {
                options_.progress(at_);
            }
        }
        report_.lost_bytes += reader.lost_bytes();
        ++report_.files;
        return {};
    }

    PieceQueue& pieces_;
    const ReplayOptions& options_;
    const ReplayBound& bound_;
    ReplayReport& report_;
    ReplayProgress at_;
};

}  // namespace

Result<ReplayReport> replay(
    const std::string& directory,
    const std::shared_ptr<const Bundle>& bundle,
    ReplayMode mode,
    const ReplayOptions& options
) {
    auto files = AIHUB_TRY(list_decision_files(directory));
    if (options.since) {
        std::erase_if(files, [&](const DecisionFile& file) { return file.changed < *options.since; });
    }
    std::uint64_t bytes = 0;
    for (const auto& file : files) {
        bytes += file.bytes;
    }
    const auto count = std::clamp<std::size_t>(options.workers, 1, kWorkersMax);
    const auto watch_every =
        std::max<std::uint64_t>(1, bytes / kRecordBytesUsual / std::max<std::uint64_t>(1, options.watched_max));
    ReplayBound bound(options);
    std::deque<ReplayWorker> workers;
    for (std::size_t i = 0; i < count; ++i) {
        workers.emplace_back(bundle, mode, options, watch_every, bound);
        AIHUB_CHECK(workers.back().open());
    }
    ReplayReport reading;
    PieceQueue pieces(2 * count);
    Result<void> read;
    {
        std::vector<std::jthread> threads;
        threads.reserve(count);
        for (auto& worker : workers) {
            threads.emplace_back([&worker, &pieces] { worker.work(pieces); });
        }
        read = ReplayReader(pieces, options, bound, reading).read(files);
        pieces.close();
    }
    AIHUB_CHECK(read);
    ReplayTally all;
    SeenLines lines;
    for (auto& worker : workers) {
        lines.add(worker.lines);
        all.merge(std::move(worker.tally));
    }
    auto report = all.finish(options.changes_max);
    report.bundle = bundle->label();
    std::ranges::copy_if(kRecordedHooks, std::back_inserter(report.bundle_hooks), [&](Hook hook) {
        return bundle->find(std::string(hook_name(hook)) + ".lua") != nullptr;
    });
    report.mode = mode;
    report.files = reading.files;
    report.lost_bytes = reading.lost_bytes;
    report.unread_bytes += reading.unread_bytes;
    report.coverage = AIHUB_TRY(lines.coverage(*bundle));
    return report;
}

}  // namespace aihub::policy
