// How a bundle does: what the gateway counts while it runs, and what the decision whether it may stay is made from.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace aihub::policy {

// Any thread. Everything only grows.
struct BundleFigures {
    using Count = std::atomic<std::uint64_t>;

    Count calls{0};          // model calls that it decided, to their end
    Count failed_calls{0};   // of these: ended by an error of the provider or of the gateway
    Count denied{0};         // of these: refused by `admit`
    Count hook_calls{0};     // questions asked
    Count hook_failures{0};  // of these: without a decision
    Count hook_stops{0};     // of these: over a limit
    Count differences{0};    // in shadow: decisions that were not those of the active bundle
    Count cost_nanos{0};     // sum of what its calls cost, in billionths of the unit of prices; an estimate, no money
    // Durations of the calls: counts by powers of two of microseconds.
    static constexpr std::size_t kDurations = 40;
    std::array<Count, kDurations> durations{};

    void add_duration(std::chrono::microseconds duration) {
        const auto micros = static_cast<std::uint64_t>(duration.count() > 0 ? duration.count() : 0);
        const auto place = static_cast<std::size_t>(std::bit_width(micros));
        durations[place < kDurations ? place : kDurations - 1].fetch_add(1, std::memory_order_relaxed);
    }
};

}  // namespace aihub::policy
