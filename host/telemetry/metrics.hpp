// Metrics in the Prometheus text format, version 0.0.4.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::telemetry {

// The first threads that count something have cells of their own, so that event loops neither pass cache lines to and
// fro nor lock the bus; later ones share the rest. Readers add the cells up.
inline constexpr std::size_t kOwnMetricCells = 8;
inline constexpr std::size_t kMetricCells = 12;
inline constexpr std::size_t kCacheLineBytes = 64;

// The cell of the calling thread.
class MetricCell {
public:
    [[nodiscard]] static std::size_t index() {
        if (index_ == kNone) [[unlikely]] {
            index_ = assign();
        }
        return index_;
    }
    // Adds to a value in this thread's cell `index`.
    static void add(std::atomic<std::uint64_t>& value, std::uint64_t amount, std::size_t index) {
        if (index < kOwnMetricCells) {
            value.store(value.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
        } else {
            value.fetch_add(amount, std::memory_order_relaxed);
        }
    }

private:
    static constexpr std::size_t kNone = kMetricCells;
    static std::size_t assign();
    static inline thread_local std::size_t index_ = kNone;  // NOLINT(readability-identifier-naming): a member
};

// Grows only. add() from any thread; a relaxed atomic, so it costs a few nanoseconds.
class Counter {
public:
    void add(std::uint64_t amount = 1) {
        const auto index = MetricCell::index();
        MetricCell::add(cells_[index].value, amount, index);
    }
    [[nodiscard]] std::uint64_t value() const {
        std::uint64_t sum = 0;
        for (const auto& cell : cells_) {
            sum += cell.value.load(std::memory_order_relaxed);
        }
        return sum;
    }

private:
    struct alignas(kCacheLineBytes) Cell {
        std::atomic<std::uint64_t> value{0};
    };
    Cell cells_[kMetricCells];
};

// Goes up and down.
class Gauge {
public:
    void add(std::int64_t amount) { value_.fetch_add(amount, std::memory_order_relaxed); }
    void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
    [[nodiscard]] std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::int64_t> value_{0};
};

// Durations in fixed buckets of 1, 2 and 5 to a decade, from 1 microsecond to 50 seconds, and one over it.
class Histogram {
public:
    static constexpr std::size_t kBuckets = 25;
    // Any thread. A negative duration counts as zero.
    void observe_ns(std::int64_t nanoseconds);
    // Upper bound of bucket `index` in seconds; the last one is unbounded.
    [[nodiscard]] static double bound(std::size_t index);
    [[nodiscard]] std::uint64_t count(std::size_t index) const {
        std::uint64_t sum = 0;
        for (const auto& cell : cells_) {
            sum += cell.buckets[index].load(std::memory_order_relaxed);
        }
        return sum;
    }
    [[nodiscard]] std::uint64_t sum_ns() const {
        std::uint64_t sum = 0;
        for (const auto& cell : cells_) {
            sum += cell.sum_ns.load(std::memory_order_relaxed);
        }
        return sum;
    }

private:
    struct alignas(kCacheLineBytes) Cell {
        std::atomic<std::uint64_t> buckets[kBuckets]{};
        std::atomic<std::uint64_t> sum_ns{0};
    };
    Cell cells_[kMetricCells];
};

// One label of a series: {name, value}. Label values come from configuration or closed sets, never from a client.
struct Label {
    std::string name;
    std::string value;
};

// All metrics of the process. The same name and labels give the same object, which lives as long as the registry: look
// it up once, at start or reload, and keep the reference. At most `series_max` series; over it one hidden series per
// kind takes the rest, and aihub_metrics_series_dropped_total says how many were asked for. The same happens to a name
// that is taken by another kind. Characters that a name may not have become "_". Any thread; app owns it.
class Metrics {
public:
    explicit Metrics(std::size_t series_max = 10000);
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    Counter& counter(std::string_view name, std::string_view help, std::vector<Label> labels = {});
    Gauge& gauge(std::string_view name, std::string_view help, std::vector<Label> labels = {});
    Histogram& histogram(std::string_view name, std::string_view help, std::vector<Label> labels = {});
    // A gauge whose value is asked for when the metrics are read. `read` is called on the reading thread, with no lock
    // held; what it refers to lives as long as the registry. The same name and labels again replace it.
    void gauge_from(
        std::string_view name, std::string_view help, std::function<double()> read, std::vector<Label> labels = {}
    );

    // Takes a gauge of gauge_from() away, so that labels that change, such as a version, leave nothing behind.
    void forget_gauge_from(std::string_view name, std::vector<Label> labels);

    // The whole text, families in order of name.
    [[nodiscard]] std::string render() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace aihub::telemetry
