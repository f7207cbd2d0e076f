// The API keys that work now, kept up to date beside the request path.
#pragma once

#include "base/guarded.hpp"
#include "base/result.hpp"
#include "identity/key_store.hpp"
#include "identity/keys.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace aihub::identity {

// Holds the current KeySnapshot and swaps it when the store's epoch has changed, so a key made or revoked by another
// process counts within `interval`. While the database is away the snapshot goes on working; the log says so once,
// problem() until it is back. Owns a control thread, which ends with it.
class KeyDirectory {
public:
    // Loads the first snapshot; fails when the store cannot be read. References outlive the directory.
    static Result<std::unique_ptr<KeyDirectory>> create(
        KeyStore& store, telemetry::Log& log, telemetry::Metrics& metrics, std::chrono::milliseconds interval
    );
    ~KeyDirectory();
    KeyDirectory(const KeyDirectory&) = delete;
    KeyDirectory& operator=(const KeyDirectory&) = delete;

    // Any thread, never blocks on the database. The current snapshot, valid until this thread's next call: each thread
    // keeps a copy of the pointer, and one atomic load tells whether it is still the current one.
    [[nodiscard]] const KeySnapshot& snapshot() const;
    // Any thread. The owner of `key`, or nullptr. Expiry is the caller's to check.
    [[nodiscard]] std::shared_ptr<const model::Principal> find(std::string_view key) const {
        return snapshot().find(key);
    }

    // Any thread. Why the keys may be out of date, for people and readiness; empty: they are not.
    [[nodiscard]] std::string problem() const;
    // Any thread. The time between two looks at the store, from the next one on.
    void set_interval(std::chrono::milliseconds interval);
    // Not on a loop: it reads the database. Looks at the store now, as the control thread does.
    Result<void> refresh();

private:
    KeyDirectory(
        KeyStore& store,
        telemetry::Log& log,
        telemetry::Metrics& metrics,
        std::chrono::milliseconds interval,
        KeySnapshotPtr first
    );
    void run(const std::stop_token& stop);
    void note(const Result<void>& outcome);

    KeyStore& store_;
    telemetry::Log& log_;
    telemetry::Gauge& keys_;
    telemetry::Counter& reloads_;
    telemetry::Counter& failures_;
    Guarded<KeySnapshotPtr> current_;
    Guarded<std::string> problem_;
    // Changes with each swap. It starts at a random number, so it also tells one directory from another.
    std::atomic<std::uint64_t> version_;
    std::mutex refreshing_;  // one refresh at a time, so that an older snapshot never replaces a newer one
    std::mutex waiting_;
    std::condition_variable_any wake_;
    std::atomic<std::int64_t> interval_ms_;
    std::jthread thread_;  // last: it uses everything above
};

}  // namespace aihub::identity
