// aihub.metrics/1 of one plugin.
#pragma once

#include "base/guarded.hpp"
#include "telemetry/metrics.hpp"

#include <aihub/ext/metrics.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

// One metric that a plugin declared.
struct aihub_metric;

namespace aihub::loader {

// Holds what a plugin declared in init(). declare() [control] until freeze(); record() any thread.
class PluginMetrics {
public:
    static constexpr std::size_t kMetricsMax = 32;
    static constexpr std::size_t kLabelValuesMax = 64;

    PluginMetrics(const std::string& plugin, telemetry::Metrics& metrics);
    ~PluginMetrics();
    PluginMetrics(const PluginMetrics&) = delete;
    PluginMetrics& operator=(const PluginMetrics&) = delete;

    aihub_status declare(
        std::int32_t kind, std::string_view name, std::string_view help, std::string_view label, aihub_metric** metric
    );
    void freeze() { frozen_.store(true, std::memory_order_release); }

private:
    const std::string prefix_;  // "aihub_plugin_com_acme_echo_"
    telemetry::Metrics& metrics_;
    std::atomic<bool> frozen_{false};
    std::vector<std::unique_ptr<aihub_metric>> declared_;
};

// The struct that a plugin gets.
[[nodiscard]] const aihub_metrics_v1& metrics_extension();

}  // namespace aihub::loader
