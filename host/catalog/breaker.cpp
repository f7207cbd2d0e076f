#include "catalog/breaker.hpp"

#include <algorithm>

namespace aihub::catalog {

namespace {

using std::chrono::nanoseconds;

constexpr std::uint64_t kCountMask = 0xFFFFFF;
constexpr unsigned kFailureShift = 24;
constexpr unsigned kLapShift = 48;
// While the probes are out nobody knows when they come back.
constexpr std::chrono::seconds kProbing{1};

std::int64_t ticks(SteadyTime time) {
    return nanoseconds(time.time_since_epoch()).count();
}

void raise(std::atomic<std::int64_t>& value, std::int64_t least) {
    auto now = value.load(std::memory_order_relaxed);
    while (now < least && !value.compare_exchange_weak(now, least, std::memory_order_release)) {
    }
}

}  // namespace

bool Breaker::blocks(SteadyTime now) const {
    return cool_until_.load(std::memory_order_relaxed) > ticks(now) || state(now) == State::open;
}

Breaker::State Breaker::state(SteadyTime now) const {
    const auto until = open_until_.load(std::memory_order_acquire);
    if (until == 0) {
        return State::closed;
    }
    return ticks(now) < until ? State::open : State::half_open;
}

Breaker::Answer Breaker::ask_slowly(const config::Breaker& settings, SteadyTime at) {
    const auto now = ticks(at);
    auto cool = cool_until_.load(std::memory_order_relaxed);
    if (cool > now) {
        return {false, false, nanoseconds(std::max(cool, open_until_.load(std::memory_order_relaxed)) - now)};
    }
    if (cool != 0) {
        // Over: the next call need not look at the clock again. Whoever set a later time meanwhile is not overwritten.
        cool_until_.compare_exchange_strong(cool, 0, std::memory_order_relaxed);
    }
    const auto until = open_until_.load(std::memory_order_acquire);
    if (until == 0) {
        return {};
    }
    if (now < until) {
        return {false, false, nanoseconds(until - now)};
    }
    if (probes_.fetch_add(1, std::memory_order_relaxed) >= settings.probes_max) {
        probes_.fetch_sub(1, std::memory_order_relaxed);
        return {false, false, kProbing};
    }
    return {true, true, {}};
}

void Breaker::succeeded(const config::Breaker& settings, SteadyTime now, bool probe) {
    if (probe) {
        open_until_.store(0, std::memory_order_release);
        forget();
        return;
    }
    if (failures_.load(std::memory_order_relaxed) != 0) {
        failures_.store(0, std::memory_order_relaxed);
    }
    if (settings.error_percent > 0) {
        count(settings, now, false);
    }
}

bool Breaker::failed(const config::Breaker& settings, SteadyTime now, bool probe) {
    const bool closed = open_until_.load(std::memory_order_acquire) == 0;
    if (probe && !closed) {
        open(settings, now);
        return true;
    }
    if (!closed) {
        return false;  // It began before the others failed and says nothing new.
    }
    const auto in_row = failures_.fetch_add(1, std::memory_order_relaxed) + 1;
    bool opens = settings.failures_max > 0 && in_row >= settings.failures_max;
    if (settings.error_percent > 0) {
        const auto seen = count(settings, now, true);
        const auto calls = seen & 0xFFFFFFFFU;
        const auto failures = seen >> 32U;
        opens = opens || (calls >= settings.calls_min && failures * 100 >= calls * settings.error_percent);
    }
    if (opens) {
        open(settings, now);
    }
    return opens;
}

void Breaker::cool_down(SteadyTime until) {
    raise(cool_until_, ticks(until));
}

void Breaker::open(const config::Breaker& settings, SteadyTime now) {
    raise(open_until_, ticks(now + settings.open));
    forget();
}

void Breaker::forget() {
    failures_.store(0, std::memory_order_relaxed);
    for (auto& bucket : buckets_) {
        bucket.store(0, std::memory_order_relaxed);
    }
}

std::int64_t Breaker::width_of(const config::Breaker& settings) {
    return std::max<std::int64_t>(1, nanoseconds(settings.window).count() / static_cast<std::int64_t>(kBuckets));
}

std::uint64_t Breaker::count(const config::Breaker& settings, SteadyTime now, bool failure) {
    const auto lap = static_cast<std::uint64_t>(ticks(now) / width_of(settings));
    auto& bucket = buckets_[lap % kBuckets];
    const auto mark = (lap & 0xFFFF) << kLapShift;
    auto seen = bucket.load(std::memory_order_relaxed);
    std::uint64_t wanted = 0;
    do {
        wanted = (seen >> kLapShift) == (lap & 0xFFFF) ? seen : mark;
        if ((wanted & kCountMask) == kCountMask) {
            break;  // More in a tenth of a window than anybody needs for a share.
        }
        wanted += 1 + (failure ? 1ULL << kFailureShift : 0);
    } while (!bucket.compare_exchange_weak(seen, wanted, std::memory_order_relaxed));
    if (!failure) {
        return 0;
    }
    return seen_by(lap);
}

double Breaker::error_rate(const config::Breaker& settings, SteadyTime now) const {
    const auto seen = seen_by(static_cast<std::uint64_t>(ticks(now) / width_of(settings)));
    const auto calls = seen & 0xFFFFFFFFU;
    return calls == 0 ? 0 : static_cast<double>(seen >> 32U) / static_cast<double>(calls);
}

std::uint64_t Breaker::seen_by(std::uint64_t lap) const {
    std::uint64_t calls = 0;
    std::uint64_t failures = 0;
    for (const auto& each : buckets_) {
        const auto value = each.load(std::memory_order_relaxed);
        const auto age = (lap - (value >> kLapShift)) & 0xFFFF;
        if (age < kBuckets) {
            calls += value & kCountMask;
            failures += (value >> kFailureShift) & kCountMask;
        }
    }
    return failures << 32U | calls;
}

}  // namespace aihub::catalog
