// Whether a bundle does well enough to stay: its figures beside those of another, over the same time.
#pragma once

#include "base/clock.hpp"
#include "policy/bundle_figures.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace aihub::policy {

// `policies.bands` of the configuration. Points are percent points.
struct Bands {
    std::chrono::milliseconds window{300000};
    std::uint64_t calls_min = 100;
    double errors_max = 5;    // points more of its calls may fail
    double denied_max = 10;   // points more may be refused by `admit`
    double failures_max = 1;  // percent of its hook calls may fail; more, where the other one's do
    double stops_max = 0;     // hook calls more may be stopped at a limit
    double cost_max = 50;     // percent more for a call
    double latency_max = 50;  // percent more, of the 95th percentile
};

// BundleFigures at one moment, or what came to them over a time.
struct FigureValues {
    std::uint64_t calls = 0;
    std::uint64_t failed_calls = 0;
    std::uint64_t denied = 0;
    std::uint64_t hook_calls = 0;
    std::uint64_t hook_failures = 0;
    std::uint64_t hook_stops = 0;
    std::uint64_t cost_nanos = 0;
    std::array<std::uint64_t, BundleFigures::kDurations> durations{};

    [[nodiscard]] static FigureValues of(const BundleFigures& figures);
    // What came since `before`.
    [[nodiscard]] FigureValues since(const FigureValues& before) const;
    // 95th percentile of the durations in milliseconds, within a power of two taken as evenly spread; 0 without calls.
    [[nodiscard]] double latency_p95_ms() const;
};

// Why `tried` may not stay beside `base`, for people: "12.0 % of its calls failed, 1.0 % of those of the other bundle".
// Nothing: it may. With fewer than calls_min calls of one of them only stops count; a bundle in shadow decides no call,
// so its hook calls count as calls.
[[nodiscard]] std::optional<std::string> outside(
    const Bands& bands, const FigureValues& tried, const FigureValues& base
);

// What came to the figures of a bundle over the last window, and no longer. One thread.
class FigureWindow {
public:
    // `figures` null: nothing ever comes.
    FigureWindow(std::shared_ptr<const BundleFigures> figures, SteadyTime now);

    // Looks at the figures; what is older than `window` is forgotten. Called about once a second.
    [[nodiscard]] FigureValues look(SteadyTime now, std::chrono::milliseconds window);

private:
    struct Sample {
        SteadyTime at;
        FigureValues values;
    };
    static constexpr int kSamples = 60;  // of one window

    std::shared_ptr<const BundleFigures> figures_;
    std::deque<Sample> samples_;
};

}  // namespace aihub::policy
