#include "catalog/health.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace aihub::catalog {

namespace {

using std::chrono::nanoseconds;

constexpr std::int64_t kMinuteNs = 60'000'000'000;
constexpr std::int64_t kRepeat = 1000;  // thousandths

std::uint32_t milliseconds_of(SteadyTime time) {
    return static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count()
    );
}

std::uint64_t pack(float microseconds, std::uint32_t at) {
    return static_cast<std::uint64_t>(std::bit_cast<std::uint32_t>(microseconds)) << 32U | at;
}

// What is left of a packed value at `now`, and the share of the old in it.
struct Faded {
    float microseconds;
    float share;
};

Faded fade(std::uint64_t packed, std::uint32_t now) {
    // Another loop may have looked at its clock a little later.
    const auto passed = std::max(0, static_cast<std::int32_t>(now - static_cast<std::uint32_t>(packed)));
    constexpr std::chrono::duration<float, std::milli> kFade = PeakEwma::kFade;
    const float share = std::exp(-static_cast<float>(passed) / kFade.count());
    return {std::bit_cast<float>(static_cast<std::uint32_t>(packed >> 32U)) * share, share};
}

// Thousandths of a repeat that flow in between two times; `filled` may be 0: never.
std::int64_t flow(std::size_t per_minute_min, std::int64_t filled, std::int64_t at) {
    const auto passed = filled == 0 ? kMinuteNs : std::clamp<std::int64_t>(at - filled, 0, kMinuteNs);
    return passed / 1000 * static_cast<std::int64_t>(per_minute_min) / (kMinuteNs / 1'000'000);
}

}  // namespace

bool RetryBudget::holds(std::size_t per_minute_min, SteadyTime at) const {
    const auto filled = filled_at_.load(std::memory_order_relaxed);
    const auto time = nanoseconds(at.time_since_epoch()).count();
    return thousandths_.load(std::memory_order_relaxed) + flow(per_minute_min, filled, time) >= kRepeat;
}

bool RetryBudget::take(std::size_t per_minute_min, SteadyTime now) {
    const auto at = nanoseconds(now.time_since_epoch()).count();
    auto filled = filled_at_.load(std::memory_order_relaxed);
    const auto flown_in = flow(per_minute_min, filled, at);
    if (flown_in > 0 && filled_at_.compare_exchange_strong(filled, at, std::memory_order_relaxed)) {
        thousandths_.fetch_add(flown_in, std::memory_order_relaxed);
    }
    auto left = thousandths_.load(std::memory_order_relaxed);
    while (left >= kRepeat) {
        if (thousandths_.compare_exchange_weak(left, left - kRepeat, std::memory_order_relaxed)) {
            return true;
        }
    }
    return false;
}

void PeakEwma::observe(nanoseconds latency, SteadyTime now) {
    const auto at = milliseconds_of(now);
    const float sample = static_cast<float>(std::max<std::int64_t>(0, latency.count())) / 1000.0F;
    auto packed = packed_.load(std::memory_order_relaxed);
    std::uint64_t wanted = 0;
    do {
        const auto old = fade(packed, at);
        // A short time since the last sample must not make the new one worthless.
        const float weight = std::max(1.0F - old.share, 0.1F);
        const float smooth = old.microseconds + (sample - old.microseconds) * weight;
        wanted = pack(sample > old.microseconds ? sample : smooth, at);
    } while (!packed_.compare_exchange_weak(packed, wanted, std::memory_order_relaxed));
}

nanoseconds PeakEwma::expected(SteadyTime now) const {
    const auto faded = fade(packed_.load(std::memory_order_relaxed), milliseconds_of(now));
    return nanoseconds(static_cast<std::int64_t>(faded.microseconds * 1000.0F));
}

std::shared_ptr<Health> HealthBoard::of(const std::string& provider) {
    return healths_.with([&](auto& healths) {
        std::erase_if(healths, [](const auto& entry) { return entry.second.expired(); });
        auto& known = healths[provider];
        auto health = known.lock();
        if (!health) {
            health = std::make_shared<Health>();
            known = health;
        }
        return health;
    });
}

}  // namespace aihub::catalog
