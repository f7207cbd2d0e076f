#include "policy/replay.hpp"

#include "base/thread_kind.hpp"
#include "policy/ask_again.hpp"
#include "policy/decision_files.hpp"
#include "policy/decision_record.hpp"
#include "policy/known_values.hpp"
#include "policy/replay_tally.hpp"

#include <algorithm>
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

class ReplayWorker {
public:
    ReplayWorker(
        std::shared_ptr<const Bundle> bundle, ReplayMode mode, const ReplayOptions& options, std::uint64_t watch_every
    )
        : bundle_(std::move(bundle)), mode_(mode), options_(options), watch_every_(watch_every) {
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
        while (const auto piece = pieces.pop()) {
            std::string_view rest = piece->frames;
            while (const auto cut = cut_frame(rest)) {
                look_at(*cut, *piece->values);
            }
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
    std::unique_ptr<PolicyState> state_;
    std::unique_ptr<PolicyState> watched_;
    std::uint64_t compared_ = 0;
    DecisionRecord record_;
    std::string after_;
    std::string unused_;
};

Result<void> read_file(
    const DecisionFile& file, PieceQueue& pieces, const ReplayOptions& options, ReplayReport& report, ReplayProgress& at
) {
    auto reader = AIHUB_TRY(DecisionFileReader::open(file.path));
    KnownValues known;
    for (;;) {
        Piece piece;
        if (!AIHUB_TRY(reader.next(piece.frames, kPieceBytes))) {
            break;
        }
        at.bytes = std::min(at.bytes + piece.frames.size(), at.bytes_all);
        known.learn(piece.frames);
        piece.values = known.all();
        pieces.push(std::move(piece));
        if (options.progress) {
            options.progress(at);
        }
    }
    report.lost_bytes += reader.lost_bytes();
    ++report.files;
    return {};
}

// All files on the calling thread. A file that was removed in the meantime is not there.
Result<void> read_files(
    const std::vector<DecisionFile>& files, PieceQueue& pieces, const ReplayOptions& options, ReplayReport& report
) {
    ReplayProgress at;
    for (const auto& file : files) {
        at.bytes_all += file.bytes;
    }
    for (const auto& file : files) {
        const auto read = read_file(file, pieces, options, report, at);
        if (!read && read.error().code != Errc::not_found) {
            return read;
        }
    }
    return {};
}

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
    std::deque<ReplayWorker> workers;
    for (std::size_t i = 0; i < count; ++i) {
        workers.emplace_back(bundle, mode, options, watch_every);
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
        read = read_files(files, pieces, options, reading);
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
    report.coverage = AIHUB_TRY(lines.coverage(*bundle));
    return report;
}

}  // namespace aihub::policy
