#include "policy/bands.hpp"

#include <cmath>
#include <utility>

namespace aihub::policy {

namespace {

constexpr double kPercent = 100;
constexpr double kMicrosInMs = 1000;
constexpr double kRank = 0.95;

std::uint64_t read(const BundleFigures::Count& count) {
    return count.load(std::memory_order_relaxed);
}

double share(std::uint64_t part, std::uint64_t of) {
    return of == 0 ? 0 : kPercent * static_cast<double>(part) / static_cast<double>(of);
}

// With one decimal place.
std::string number(double value) {
    const auto tenths = static_cast<long long>(std::llround(value * 10));
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

double cost_of_a_call(const FigureValues& values) {
    return static_cast<double>(values.cost_nanos) / static_cast<double>(values.calls);
}

std::optional<std::string> points_more(const char* what, double tried, double base, double most) {
    if (tried <= base + most) {
        return std::nullopt;
    }
    return number(tried) + " % of its calls " + what + ", and " + number(base) + " % of those of the other bundle";
}

std::optional<std::string> percent_more(const char* what, double tried, double base, double most) {
    if (base <= 0 || tried <= base * (1 + most / kPercent)) {
        return std::nullopt;
    }
    return std::string(what) + " " + number(kPercent * (tried / base - 1)) + " % more than with the other bundle";
}

std::optional<std::string> outside_of_hooks(const Bands& bands, const FigureValues& tried, const FigureValues& base) {
    const auto failures = share(tried.hook_failures, tried.hook_calls);
    const auto others = share(base.hook_failures, base.hook_calls);
    if (tried.hook_calls < bands.calls_min || failures <= bands.failures_max || failures <= others) {
        return std::nullopt;
    }
    return number(failures) + " % of the calls of its hooks failed, and " + number(others) + " % with the other bundle";
}

}  // namespace

FigureValues FigureValues::of(const BundleFigures& figures) {
    FigureValues values;
    values.calls = read(figures.calls);
    values.failed_calls = read(figures.failed_calls);
    values.denied = read(figures.denied);
    values.hook_calls = read(figures.hook_calls);
    values.hook_failures = read(figures.hook_failures);
    values.hook_stops = read(figures.hook_stops);
    values.cost_nanos = read(figures.cost_nanos);
    for (std::size_t i = 0; i < values.durations.size(); ++i) {
        values.durations[i] = read(figures.durations[i]);
    }
    return values;
}

FigureValues FigureValues::since(const FigureValues& before) const {
    FigureValues values = *this;
    values.calls -= before.calls;
    values.failed_calls -= before.failed_calls;
    values.denied -= before.denied;
    values.hook_calls -= before.hook_calls;
    values.hook_failures -= before.hook_failures;
    values.hook_stops -= before.hook_stops;
    values.cost_nanos -= before.cost_nanos;
    for (std::size_t i = 0; i < durations.size(); ++i) {
        values.durations[i] -= before.durations[i];
    }
    return values;
}

double FigureValues::latency_p95_ms() const {
    std::uint64_t all = 0;
    for (const auto count : durations) {
        all += count;
    }
    const double rank = kRank * static_cast<double>(all);
    double seen = 0;
    for (std::size_t i = 0; i < durations.size(); ++i) {
        const auto here = static_cast<double>(durations[i]);
        if (here > 0 && seen + here >= rank) {
            // Place i holds what has i bits: from 2^(i-1) up to 2^i microseconds.
            const double end = std::ldexp(1, static_cast<int>(i));
            const double begin = i == 0 ? 0 : end / 2;
            return (begin + (end - begin) * (rank - seen) / here) / kMicrosInMs;
        }
        seen += here;
    }
    return 0;
}

std::optional<std::string> outside(const Bands& bands, const FigureValues& tried, const FigureValues& base) {
    if (static_cast<double>(tried.hook_stops) > static_cast<double>(base.hook_stops) + bands.stops_max) {
        return std::to_string(tried.hook_stops) + " calls of its hooks were stopped at a limit, and " +
               std::to_string(base.hook_stops) + " with the other bundle";
    }
    if (auto hooks = outside_of_hooks(bands, tried, base)) {
        return hooks;
    }
    if (tried.calls < bands.calls_min || base.calls < bands.calls_min) {
        return std::nullopt;
    }
    if (auto errors = points_more(
            "failed", share(tried.failed_calls, tried.calls), share(base.failed_calls, base.calls), bands.errors_max
        )) {
        return errors;
    }
    if (auto denied = points_more(
            "were refused", share(tried.denied, tried.calls), share(base.denied, base.calls), bands.denied_max
        )) {
        return denied;
    }
    if (auto cost = percent_more("a call costs", cost_of_a_call(tried), cost_of_a_call(base), bands.cost_max)) {
        return cost;
    }
    return percent_more(
        "the 95th percentile of the durations is", tried.latency_p95_ms(), base.latency_p95_ms(), bands.latency_max
    );
}

FigureWindow::FigureWindow(std::shared_ptr<const BundleFigures> figures, SteadyTime now)
    : figures_(std::move(figures)) {
    samples_.push_back({now, figures_ ? FigureValues::of(*figures_) : FigureValues()});
}

FigureValues FigureWindow::look(SteadyTime now, std::chrono::milliseconds window) {
    const auto values = figures_ ? FigureValues::of(*figures_) : FigureValues();
    // The first sample is where the window begins: it goes when the next one is old enough.
    while (samples_.size() > 1 && samples_[1].at + window <= now) {
        samples_.pop_front();
    }
    const auto came = values.since(samples_.front().values);
    if (samples_.back().at + window / kSamples <= now) {
        samples_.push_back({now, values});
    }
    return came;
}

}  // namespace aihub::policy
