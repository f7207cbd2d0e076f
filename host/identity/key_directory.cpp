#include "identity/key_directory.hpp"

#include "base/ids.hpp"
#include "base/thread_kind.hpp"

#include <utility>

namespace aihub::identity {

namespace {

std::uint64_t random_version() {
    std::uint64_t version = 0;
    for (const char c : random_base62(10)) {
        version = version * 128 + static_cast<unsigned char>(c);
    }
    return version;
}

}  // namespace

Result<std::unique_ptr<KeyDirectory>> KeyDirectory::create(
    KeyStore& store, telemetry::Log& log, telemetry::Metrics& metrics, std::chrono::milliseconds interval
) {
    auto first = AIHUB_TRY(store.load_all());
    return std::unique_ptr<KeyDirectory>(new KeyDirectory(store, log, metrics, interval, std::move(first)));
}

KeyDirectory::KeyDirectory(
    KeyStore& store,
    telemetry::Log& log,
    telemetry::Metrics& metrics,
    std::chrono::milliseconds interval,
    KeySnapshotPtr first
)
    : store_(store),
      log_(log),
      keys_(metrics.gauge("aihub_keys_active", "API keys that work.")),
      reloads_(metrics.counter("aihub_key_reloads_total", "Times the API keys were read because they had changed.")),
      failures_(metrics.counter("aihub_key_reload_failures_total", "Failed looks at the API keys in the database.")),
      current_(std::move(first)),
      version_(random_version()),
      interval_ms_(interval.count()) {
    current_.with([this](const KeySnapshotPtr& now) { keys_.set(static_cast<std::int64_t>(now->size())); });
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

KeyDirectory::~KeyDirectory() = default;

const KeySnapshot& KeyDirectory::snapshot() const {
    struct Mine {
        std::uint64_t version = 0;
        KeySnapshotPtr snapshot;
    };
    thread_local Mine mine;
    // The version is read before the pointer and written after it, so a copy is never older than its version says.
    const auto version = version_.load(std::memory_order_acquire);
    if (mine.snapshot == nullptr || mine.version != version) {
        mine.snapshot = current_.with([](const KeySnapshotPtr& now) { return now; });
        mine.version = version;
    }
    return *mine.snapshot;
}

std::string KeyDirectory::problem() const {
    return problem_.with([](const std::string& text) { return text; });
}

void KeyDirectory::set_interval(std::chrono::milliseconds interval) {
    interval_ms_.store(interval.count(), std::memory_order_relaxed);
}

Result<void> KeyDirectory::refresh() {
    const std::scoped_lock one_at_a_time(refreshing_);
    const auto attempt = [this]() -> Result<void> {
        const auto epoch = AIHUB_TRY(store_.epoch());
        if (epoch == current_.with([](const KeySnapshotPtr& now) { return now->epoch(); })) {
            return {};
        }
        auto fresh = AIHUB_TRY(store_.load_all());
        keys_.set(static_cast<std::int64_t>(fresh->size()));
        reloads_.add();
        // The old one is dropped outside the lock.
        current_.with([&](KeySnapshotPtr& now) { now.swap(fresh); });
        version_.fetch_add(1, std::memory_order_release);
        return {};
    };
    auto outcome = attempt();
    note(outcome);
    return outcome;
}

void KeyDirectory::note(const Result<void>& outcome) {
    const std::string text = outcome ? std::string() : "api keys may be out of date: " + outcome.error().message;
    const bool was_failing = problem_.with([&](std::string& now) { return !std::exchange(now, text).empty(); });
    if (!outcome) {
        failures_.add();
        if (!was_failing) {
            log_.error("api keys cannot be read, those known go on working", {{"error", outcome.error().message}});
        }
        return;
    }
    if (was_failing) {
        log_.info("api keys can be read again");
    }
}

void KeyDirectory::run(const std::stop_token& stop) {
    set_thread_kind(ThreadKind::control);
    std::unique_lock lock(waiting_);
    while (!stop.stop_requested()) {
        const std::chrono::milliseconds interval(interval_ms_.load(std::memory_order_relaxed));
        wake_.wait_for(lock, stop, interval, [] { return false; });
        if (!stop.stop_requested()) {
            (void)refresh();  // note() has said what there is to say.
        }
    }
}

}  // namespace aihub::identity
