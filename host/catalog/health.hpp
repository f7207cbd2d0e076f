// What is known about a provider while it works: calls in flight, latency, failures, repeats.
#pragma once

#include "base/clock.hpp"
#include "base/gate.hpp"
#include "base/guarded.hpp"
#include "catalog/breaker.hpp"
#include "catalog/cooldown.hpp"
#include "catalog/slow_models.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace aihub::catalog {

// How many attempts may be repeats: a bucket that calls fill and repeats empty, so that they cannot multiply an outage.
// Any thread, without locks.
class RetryBudget {
public:
    // A call, not a repeat, goes to the provider.
    void count_call(std::size_t percent) {
        if (thousandths_.load(std::memory_order_relaxed) < kFull) {
            thousandths_.fetch_add(static_cast<std::int64_t>(percent) * 10, std::memory_order_relaxed);
        }
    }
    // Whether there will be a repeat at `at`, if nobody takes it before.
    [[nodiscard]] bool holds(std::size_t per_minute_min, SteadyTime at) const;
    // False: no repeat now. `per_minute_min` flow in however few calls there are.
    [[nodiscard]] bool take(std::size_t per_minute_min, SteadyTime now);

private:
    static constexpr std::int64_t kFull = 100'000;  // a hundred repeats
    std::atomic<std::int64_t> thousandths_{0};
    std::atomic<std::int64_t> filled_at_{0};  // nanoseconds of the steady clock; 0: never
};

// The latency to expect: jumps up to each peak at once, comes down slowly, and fades away when nothing is seen, so that
// a provider that was slow is tried again. Any thread, without locks.
class PeakEwma {
public:
    static constexpr std::chrono::seconds kFade{10};

    void observe(std::chrono::nanoseconds latency, SteadyTime now);
    [[nodiscard]] std::chrono::nanoseconds expected(SteadyTime now) const;

private:
    // Microseconds as a float, and the millisecond at which that was seen: one word.
    std::atomic<std::uint64_t> packed_{0};
};

// Shared by all loops.
struct Health {
    Gate gate;  // calls at the provider; inside() is how many are in flight
    Breaker breaker;
    Cooldown cooldown;  // of models; that of the whole provider is the breaker's
    SlowModels slow_models;
    RetryBudget budget;
    PeakEwma latency;
};

// The healths by provider name. A provider that is still there after a reload keeps its own. Any thread.
class HealthBoard {
public:
    [[nodiscard]] std::shared_ptr<Health> of(const std::string& provider);

private:
    Guarded<std::map<std::string, std::weak_ptr<Health>>> healths_;
};

}  // namespace aihub::catalog
