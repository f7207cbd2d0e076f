#include "loader/call_meter.hpp"

#include <utility>

namespace aihub::loader {
namespace {

constexpr std::chrono::nanoseconds kLogInterval = std::chrono::seconds(10);

constexpr std::array<std::string_view, kFunctions> kNames = {
    "init",      "deinit",    "create",     "quiesce",  "destroy_instance", "work_job",    "build", "on_head",
    "on_frame",  "on_end",    "destroy",    "start",    "resume",           "cancel",      "post",  "timer",
    "work_done", "http_head", "http_frame", "http_end", "take_spans",       "flush_spans", "emit",  "complete"};

}  // namespace

std::string_view function_name(Function function) {
    return kNames[static_cast<std::size_t>(function)];
}

CallMeter::CallMeter(Options options, telemetry::Log& log, telemetry::Metrics& metrics, const Clock& clock)
    : options_(std::move(options)), log_(log), clock_(clock) {
    for (std::size_t i = 0; i < kFunctions; ++i) {
        const std::vector<telemetry::Label> labels = {
            {"plugin", options_.plugin}, {"function", std::string(kNames[i])}};
        cells_[i].calls = &metrics.counter("aihub_plugin_calls_total", "Calls into a plugin.", labels);
        cells_[i].seconds = &metrics.histogram("aihub_plugin_call_seconds", "Time in a call into a plugin.", labels);
        cells_[i].over_budget = &metrics.counter(
            "aihub_plugin_over_budget_total",
            "Calls into a plugin on an event loop that took longer than its budget.",
            labels
        );
        cells_[i].faults = &metrics.counter(
            "aihub_plugin_faults_total", "Exceptions, unknown answers and broken rules of a plugin.", labels
        );
    }
}

void CallMeter::finished(Function function, SteadyTime began) {
    Cell& cell = cells_[static_cast<std::size_t>(function)];
    const std::chrono::nanoseconds took = clock_.steady_now() - began;
    cell.calls->add();
    cell.seconds->observe_ns(took.count());
    if (function <= Function::work_job || took <= options_.budget) {
        return;
    }
    cell.over_budget->add();
    if (may_log(cell)) {
        log_.warn(
            "plugin call over budget",
            {{"plugin", options_.plugin},
             {"function", function_name(function)},
             {"took_us", std::int64_t{took.count() / 1000}},
             {"budget_us", std::int64_t{options_.budget.count() / 1000}}}
        );
    }
}

void CallMeter::fault(Function function, std::string_view what) {
    Cell& cell = cells_[static_cast<std::size_t>(function)];
    cell.faults->add();
    faults_seen_.fetch_add(1, std::memory_order_relaxed);
    last_fault_.with([&](std::string& text) { text = std::string(function_name(function)) + ": " + std::string(what); }
    );
    if (may_log(cell)) {
        log_.error(
            "plugin fault", {{"plugin", options_.plugin}, {"function", function_name(function)}, {"fault", what}}
        );
    }
}

bool CallMeter::may_log(Cell& cell) {
    const std::int64_t now = clock_.steady_now().time_since_epoch().count();
    std::int64_t next = cell.next_log_ns.load(std::memory_order_relaxed);
    return now >= next && cell.next_log_ns.compare_exchange_strong(next, now + kLogInterval.count());
}

std::uint64_t CallMeter::calls(Function function) const {
    return cells_[static_cast<std::size_t>(function)].calls->value();
}

std::uint64_t CallMeter::over_budget(Function function) const {
    return cells_[static_cast<std::size_t>(function)].over_budget->value();
}

}  // namespace aihub::loader
