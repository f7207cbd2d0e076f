// A circuit breaker: when a provider is left alone for a while.
#pragma once

#include "base/clock.hpp"
#include "config/snapshot.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace aihub::catalog {

// Closed: all calls pass. Open: none does. Half open, when the time of an open one has passed: a few probes at a time
// do, and the first success closes it. Beside that it can cool down: then no call passes until a given time, and all do
// after it. Any thread, without locks; what one call reports counts for the very next one. Settings come with each
// call, because a reload may change them.
class Breaker {
public:
    enum class State { closed, half_open, open };
    struct Answer {
        bool allowed = true;
        bool probe = false;                       // give it to ended() and to what is reported
        std::chrono::nanoseconds retry_after{0};  // when not allowed: how long until it is worth a try
    };

    // Looks at the clock only when something is wrong.
    [[nodiscard]] Answer ask(const config::Breaker& settings, const Clock& clock) {
        const bool quiet =
            open_until_.load(std::memory_order_acquire) == 0 && cool_until_.load(std::memory_order_relaxed) == 0;
        return quiet ? Answer{} : ask_slowly(settings, clock.steady_now());
    }
    // Whether ask() would say no to everybody.
    [[nodiscard]] bool blocks(SteadyTime now) const;
    // Every allowed call ends, whatever it reported.
    void ended(bool probe) {
        if (probe) {
            probes_.fetch_sub(1, std::memory_order_relaxed);
        }
    }

    void succeeded(const config::Breaker& settings, SteadyTime now, bool probe);
    // True: this failure has opened it.
    bool failed(const config::Breaker& settings, SteadyTime now, bool probe);
    // Of several times the latest counts.
    void cool_down(SteadyTime until);

    [[nodiscard]] State state(SteadyTime now) const;
    // The share of the window's calls that failed; 0 while none was counted, as none is with error_percent 0.
    [[nodiscard]] double error_rate(const config::Breaker& settings, SteadyTime now) const;

private:
    static constexpr std::size_t kBuckets = 10;
    Answer ask_slowly(const config::Breaker& settings, SteadyTime at);
    // Nanoseconds of a bucket.
    static std::int64_t width_of(const config::Breaker& settings);
    // Calls (low half) and failures (high half) of the window that ends with this bucket.
    [[nodiscard]] std::uint64_t seen_by(std::uint64_t lap) const;
    // Counts one call into the window; after a failure gives what seen_by() does.
    std::uint64_t count(const config::Breaker& settings, SteadyTime now, bool failure);
    void open(const config::Breaker& settings, SteadyTime now);
    void forget();

    std::atomic<std::int64_t> open_until_{0};  // nanoseconds of the steady clock; 0: closed
    std::atomic<std::int64_t> cool_until_{0};  // 0: not cooling down
    std::atomic<std::uint32_t> failures_{0};   // one after another
    std::atomic<std::uint32_t> probes_{0};
    // Lap (16 bits), failures (24 bits) and calls (24 bits) of a tenth of the window.
    std::array<std::atomic<std::uint64_t>, kBuckets> buckets_{};
};

}  // namespace aihub::catalog
