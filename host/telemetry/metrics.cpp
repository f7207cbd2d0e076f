#include "telemetry/metrics.hpp"

#include <aihub/text.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <utility>

namespace aihub::telemetry {
namespace {

constexpr std::array<std::int64_t, Histogram::kBuckets - 1> kBoundsNs = {
    1'000,         2'000,         5'000,         10'000,         20'000,         50'000,
    100'000,       200'000,       500'000,       1'000'000,      2'000'000,      5'000'000,
    10'000'000,    20'000'000,    50'000'000,    100'000'000,    200'000'000,    500'000'000,
    1'000'000'000, 2'000'000'000, 5'000'000'000, 10'000'000'000, 20'000'000'000, 50'000'000'000};

// By the number of bits of a duration: the first bucket that it can belong to.
constexpr std::array<std::uint8_t, 64> kFirstBuckets = [] {
    std::array<std::uint8_t, 64> first{};
    for (std::size_t bits = 1; bits < first.size(); ++bits) {
        const std::int64_t smallest = std::int64_t{1} << (bits - 1);
        std::uint8_t bucket = first[bits - 1];
        while (bucket < kBoundsNs.size() && kBoundsNs[bucket] < smallest) {
            ++bucket;
        }
        first[bits] = bucket;
    }
    return first;
}();

std::size_t bucket_of(std::int64_t nanoseconds) {
    std::size_t bucket =
        kFirstBuckets[static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(nanoseconds)))];
    while (bucket < kBoundsNs.size() && kBoundsNs[bucket] < nanoseconds) {
        ++bucket;
    }
    return bucket;
}

enum class Kind { counter, gauge, histogram };

struct Series {
    Counter counter;
    Gauge gauge;
    std::unique_ptr<Histogram> histogram;                 // histograms only
    std::shared_ptr<const std::function<double()>> read;  // gauge_from only; shared: called without the lock
};

// What functions said, in one reading.
using ReadValues = std::map<const Series*, double>;

// Series by the text of their labels, `a="b",c="d"`. The nodes never move.
struct Family {
    Kind kind = Kind::counter;
    std::string help;
    std::map<std::string, Series, std::less<>> series;
};

std::string valid_name(std::string_view name, bool colons) {
    std::string result(name);
    for (std::size_t i = 0; i < result.size(); ++i) {
        const char c = result[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (colons && c == ':');
        const bool digit = c >= '0' && c <= '9' && i > 0;
        result[i] = letter || digit ? c : '_';
    }
    return result.empty() ? "_" : result;
}

// Escapes as the format asks for: backslash and line feed, in label values quotes too. Not UTF-8: U+FFFD.
void append_escaped(std::string& out, std::string_view text, bool quotes) {
    while (!text.empty()) {
        const std::size_t length = sdk::utf8_length(text);
        const auto sequence = text.substr(0, std::max<std::size_t>(length, 1));
        if (length == 0) {
            sdk::append_utf8(out, 0xFFFD);
        } else if (sequence == "\n") {
            out += "\\n";
        } else if (sequence == "\\" || (quotes && sequence == "\"")) {
            out += '\\';
            out += sequence;
        } else {
            out += sequence;
        }
        text.remove_prefix(sequence.size());
    }
}

// The order in which labels are given makes no difference; of two with one name the first counts.
std::string label_text(std::vector<Label> labels, Kind kind) {
    for (Label& label : labels) {
        label.name = valid_name(label.name, false);
        if (kind == Kind::histogram && label.name == "le") {
            label.name = "le_";
        }
    }
    std::stable_sort(labels.begin(), labels.end(), [](const Label& a, const Label& b) { return a.name < b.name; });
    const auto same = [](const Label& a, const Label& b) { return a.name == b.name; };
    labels.erase(std::unique(labels.begin(), labels.end(), same), labels.end());
    std::string text;
    for (const Label& label : labels) {
        text += text.empty() ? "" : ",";
        text += label.name + "=\"";
        append_escaped(text, label.value, true);
        text += '"';
    }
    return text;
}

std::string number_text(double value) {
    if (std::isnan(value)) {
        return "NaN";
    }
    if (std::isinf(value)) {
        return value > 0 ? "+Inf" : "-Inf";
    }
    char digits[64];
    const double size = std::fabs(value);
    const bool fixed = size == 0 || (size >= 1e-6 && size < 1e15);
    const auto format = fixed ? std::chars_format::fixed : std::chars_format::general;
    const auto written = std::to_chars(digits, digits + sizeof digits, value, format);
    return {digits, written.ptr};
}

template <class Count>
void append_count(std::string& out, Count count) {
    char digits[24];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, count).ptr);
}

void append_line(std::string& out, std::string_view name, std::string_view labels, std::string_view value) {
    out += name;
    if (!labels.empty()) {
        out.append("{").append(labels).append("}");
    }
    out.append(" ").append(value).append("\n");
}

// The bounds of all histograms in digits: most of a page is made of them.
using BoundTexts = std::array<std::string, Histogram::kBuckets>;

BoundTexts bound_texts() {
    BoundTexts texts;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        texts[i] = number_text(Histogram::bound(i));
    }
    return texts;
}

void append_histogram(
    std::string& out,
    const std::string& name,
    const std::string& labels,
    const Histogram& histogram,
    const BoundTexts& bounds
) {
    const std::uint64_t sum_ns = histogram.sum_ns();
    const std::string begin = name + "_bucket{" + labels + (labels.empty() ? "le=\"" : ",le=\"");
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < Histogram::kBuckets; ++i) {
        total += histogram.count(i);
        out.append(begin).append(bounds[i]).append("\"} ");
        append_count(out, total);
        out += '\n';
    }
    append_line(out, name + "_sum", labels, number_text(static_cast<double>(sum_ns) / 1e9));
    append_line(out, name + "_count", labels, std::to_string(total));
}

void append_series(
    std::string& out,
    const std::string& name,
    Kind kind,
    const std::string& labels,
    const Series& series,
    const ReadValues& values,
    const BoundTexts& bounds
) {
    if (kind == Kind::counter) {
        append_line(out, name, labels, std::to_string(series.counter.value()));
    } else if (kind == Kind::histogram) {
        append_histogram(out, name, labels, *series.histogram, bounds);
    } else if (series.read == nullptr) {
        append_line(out, name, labels, std::to_string(series.gauge.value()));
    } else if (const auto value = values.find(&series); value != values.end()) {
        append_line(out, name, labels, number_text(value->second));
    }
}

}  // namespace

std::size_t MetricCell::assign() {
    static std::atomic<std::size_t> next{0};
    const auto number = next.fetch_add(1, std::memory_order_relaxed);
    if (number < kOwnMetricCells) {
        return number;
    }
    return kOwnMetricCells + number % (kMetricCells - kOwnMetricCells);
}

void Histogram::observe_ns(std::int64_t nanoseconds) {
    nanoseconds = std::max<std::int64_t>(nanoseconds, 0);
    const auto bucket = bucket_of(nanoseconds);
    const auto index = MetricCell::index();
    auto& cell = cells_[index];
    MetricCell::add(cell.buckets[bucket], 1, index);
    MetricCell::add(cell.sum_ns, static_cast<std::uint64_t>(nanoseconds), index);
}

double Histogram::bound(std::size_t index) {
    return index < kBoundsNs.size() ? static_cast<double>(kBoundsNs[index]) / 1e9
                                    : std::numeric_limits<double>::infinity();
}

struct Metrics::State {
    explicit State(std::size_t most) : series_max(most) {}

    // Null: no room, or the name is of another kind. With the lock held.
    Series* find(std::string_view raw_name, std::string_view help, Kind kind, std::vector<Label> labels) {
        const std::string name = valid_name(raw_name, true);
        const std::string text = label_text(std::move(labels), kind);
        const auto family = families.find(name);
        if (family != families.end()) {
            if (family->second.kind != kind) {
                return nullptr;
            }
            if (const auto found = family->second.series.find(text); found != family->second.series.end()) {
                return &found->second;
            }
        }
        if (series_count >= series_max) {
            return nullptr;
        }
        ++series_count;
        auto& home = family != families.end() ? family->second : families[name];
        if (home.series.empty()) {
            home.kind = kind;
            home.help = help;
        }
        Series& series = home.series[text];
        if (kind == Kind::histogram) {
            series.histogram = std::make_unique<Histogram>();
        }
        return &series;
    }

    Series& find_or_hidden(std::string_view name, std::string_view help, Kind kind, std::vector<Label> labels) {
        const std::scoped_lock lock(mutex);
        if (Series* series = find(name, help, kind, std::move(labels))) {
            return *series;
        }
        dropped->add();
        return hidden;
    }

    // Calls them without the lock: they take locks of their own, whose holders may ask for a series.
    ReadValues read_functions() {
        std::map<const Series*, std::shared_ptr<const std::function<double()>>> reads;
        {
            const std::scoped_lock lock(mutex);
            for (const auto& [name, family] : families) {
                for (const auto& [labels, series] : family.series) {
                    if (series.read != nullptr) {
                        reads.emplace(&series, series.read);
                    }
                }
            }
        }
        ReadValues values;
        for (const auto& [series, read] : reads) {
            values.emplace(series, (*read)());
        }
        return values;
    }

    std::mutex mutex;  // families and what is in them, but for the values, which are atomic; page_bytes
    const std::size_t series_max;
    std::size_t series_count = 0;
    std::map<std::string, Family, std::less<>> families;
    std::size_t page_bytes = 0;  // of the last page: the next one is about as long
    Counter* dropped = nullptr;
    Series hidden;
};

Metrics::Metrics(std::size_t series_max) : state_(std::make_unique<State>(series_max + 1)) {
    state_->hidden.histogram = std::make_unique<Histogram>();
    state_->dropped =
        &state_
             ->find(
                 "aihub_metrics_series_dropped_total", "Series that were asked for over the limit.", Kind::counter, {}
             )
             ->counter;
}

Metrics::~Metrics() = default;

Counter& Metrics::counter(std::string_view name, std::string_view help, std::vector<Label> labels) {
    return state_->find_or_hidden(name, help, Kind::counter, std::move(labels)).counter;
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, std::vector<Label> labels) {
    return state_->find_or_hidden(name, help, Kind::gauge, std::move(labels)).gauge;
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help, std::vector<Label> labels) {
    return *state_->find_or_hidden(name, help, Kind::histogram, std::move(labels)).histogram;
}

void Metrics::gauge_from(
    std::string_view name, std::string_view help, std::function<double()> read, std::vector<Label> labels
) {
    auto shared = std::make_shared<const std::function<double()>>(std::move(read));
    const std::scoped_lock lock(state_->mutex);
    if (Series* series = state_->find(name, help, Kind::gauge, std::move(labels))) {
        series->read = std::move(shared);
        return;
    }
    state_->dropped->add();
}

void Metrics::forget_gauge_from(std::string_view name, std::vector<Label> labels) {
    const auto text = label_text(std::move(labels), Kind::gauge);
    const std::scoped_lock lock(state_->mutex);
    const auto family = state_->families.find(valid_name(name, true));
    if (family == state_->families.end()) {
        return;
    }
    const auto series = family->second.series.find(text);
    // Of others somebody may have a reference.
    if (series != family->second.series.end() && series->second.read != nullptr) {
        family->second.series.erase(series);
        --state_->series_count;
    }
    if (family->second.series.empty()) {
        state_->families.erase(family);
    }
}

std::string Metrics::render() const {
    const auto values = state_->read_functions();
    constexpr std::string_view kKindNames[] = {"counter", "gauge", "histogram"};
    const BoundTexts bounds = bound_texts();
    std::string out;
    const std::scoped_lock lock(state_->mutex);
    out.reserve(state_->page_bytes + state_->page_bytes / 8);
    for (const auto& [name, family] : state_->families) {
        out += "# HELP " + name + " ";
        append_escaped(out, family.help, false);
        out.append("\n# TYPE ").append(name).append(" ").append(kKindNames[static_cast<int>(family.kind)]).append("\n");
        for (const auto& [labels, series] : family.series) {
            append_series(out, name, family.kind, labels, series, values, bounds);
        }
    }
    state_->page_bytes = out.size();
    return out;
}

}  // namespace aihub::telemetry
