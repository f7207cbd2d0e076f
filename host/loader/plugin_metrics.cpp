#include "loader/plugin_metrics.hpp"

#include "loader/abi_error.hpp"
#include "loader/plugin.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

struct aihub_metric {
    // The series of one label value; the pointer of the metric's kind is set.
    struct Series {
        aihub::telemetry::Counter* counter = nullptr;
        aihub::telemetry::Gauge* gauge = nullptr;
        aihub::telemetry::Histogram* histogram = nullptr;
        double fraction = 0;  // of a counter: what did not make a whole yet
    };

    aihub::telemetry::Metrics& metrics;
    std::int32_t kind = 0;
    std::string name;
    std::string help;
    std::string label;
    aihub::Guarded<std::map<std::string, Series, std::less<>>> series{};

    Series make(const std::string& value) {
        std::vector<aihub::telemetry::Label> labels;
        if (!label.empty()) {
            labels.push_back({label, value});
        }
        Series made;
        if (kind == AIHUB_METRIC_COUNTER) {
            made.counter = &metrics.counter(name, help, std::move(labels));
        } else if (kind == AIHUB_METRIC_GAUGE) {
            made.gauge = &metrics.gauge(name, help, std::move(labels));
        } else {
            made.histogram = &metrics.histogram(name, help, std::move(labels));
        }
        return made;
    }
};

namespace aihub::loader {
namespace {

constexpr double kLargest = 9e15;  // beyond this a double does not count in ones

void add(aihub_metric::Series& series, double value) {
    if (series.counter != nullptr && value >= 0) {
        const double sum = series.fraction + value;
        const double whole = std::floor(sum);
        series.fraction = sum - whole;
        series.counter->add(static_cast<std::uint64_t>(whole));
    }
    if (series.gauge != nullptr) {
        series.gauge->set(std::llround(value));
    }
    if (series.histogram != nullptr && value >= 0 && value < 1e9) {
        series.histogram->observe_ns(std::llround(value * 1e9));
    }
}

void record(aihub_metric* metric, aihub_slice label_value, double value) {
    if (metric == nullptr || !std::isfinite(value) || std::fabs(value) > kLargest) {
        return;
    }
    const std::string_view wanted = metric->label.empty() ? std::string_view() : view(label_value).substr(0, 128);
    metric->series.with([&](auto& all) {
        auto found = all.find(wanted);
        if (found == all.end()) {
            const bool full = all.size() >= PluginMetrics::kLabelValuesMax;
            const std::string name = full ? "other" : std::string(wanted);
            found = all.find(name);
            if (found == all.end()) {
                found = all.emplace(name, metric->make(name)).first;
            }
        }
        add(found->second, value);
    });
}

aihub_status declare(
    const aihub_host* host,
    std::int32_t kind,
    aihub_slice name,
    aihub_slice help,
    aihub_slice label,
    aihub_metric** metric
) {
    return Plugin::of(host).metrics().declare(kind, view(name), view(help), view(label), metric);
}

bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

std::string prefix_of(const std::string& plugin) {
    std::string prefix = "aihub_plugin_" + plugin + "_";
    std::replace_if(
        prefix.begin(), prefix.end(), [](char c) { return c == '.' || c == '-'; }, '_'
    );
    return prefix;
}

}  // namespace

PluginMetrics::PluginMetrics(const std::string& plugin, telemetry::Metrics& metrics)
    : prefix_(prefix_of(plugin)), metrics_(metrics) {}

PluginMetrics::~PluginMetrics() = default;

aihub_status PluginMetrics::declare(
    std::int32_t kind, std::string_view name, std::string_view help, std::string_view label, aihub_metric** metric
) {
    if (frozen_.load(std::memory_order_acquire)) {
        return AIHUB_E_DENIED;
    }
    if (metric == nullptr || kind < AIHUB_METRIC_COUNTER || kind > AIHUB_METRIC_HISTOGRAM || !is_name(name) ||
        (!label.empty() && !is_name(label))) {
        return AIHUB_E_INVALID;
    }
    const std::string full = prefix_ + std::string(name);
    for (const auto& known : declared_) {
        if (known->name == full) {
            if (known->kind != kind || known->label != label) {
                return AIHUB_E_INVALID;
            }
            *metric = known.get();
            return AIHUB_OK;
        }
    }
    if (declared_.size() >= kMetricsMax) {
        return AIHUB_E_LIMIT;
    }
    declared_.push_back(std::unique_ptr<aihub_metric>(new aihub_metric{
        metrics_, kind, full, std::string(help), std::string(label)}));
    *metric = declared_.back().get();
    return AIHUB_OK;
}

const aihub_metrics_v1& metrics_extension() {
    static constexpr aihub_metrics_v1 kMetrics = {sizeof(aihub_metrics_v1), 0, &declare, &record};
    return kMetrics;
}

}  // namespace aihub::loader
