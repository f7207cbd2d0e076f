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

CallMeter::Cell::Cell(telemetry::Metrics& metrics, const std::vector<telemetry::Label>& labels)
    : calls(metrics.counter("aihub_plugin_calls_total", "Calls into a plugin.", labels)),
      seconds(metrics.histogram("aihub_plugin_call_seconds", "Time in a call into a plugin.", labels)),
      over_budget(metrics.counter(
          "aihub_plugin_over_budget_total",
          "Calls into a plugin on an event loop that took longer than its budget.",
          labels
      )),
      faults(metrics.counter(
          "aihub_plugin_faults_total", "Exceptions, unknown answers and broken rules of a plugin.", labels
      )) {}

CallMeter::CallMeter(Options options, telemetry::Log& log, telemetry::Metrics& metrics, const Clock& clock)
    : options_(std::move(options)), log_(log), clock_(clock), metrics_(metrics) {}

CallMeter::Cell& CallMeter::cell(Function function) {
    Cell* const known = cells_[static_cast<std::size_t>(function)].load(std::memory_order_acquire);
    return known != nullptr ? *known : make_cell(function);
}

CallMeter::Cell& CallMeter::make_cell(Function function) {
    const std::vector<telemetry::Label> labels = {
        {"plugin", options_.plugin}, {"function", std::string(function_name(function))}};
    return made_.with([&](std::deque<Cell>& made) -> Cell& {
        auto& place = cells_[static_cast<std::size_t>(function)];
        if (Cell* const other = place.load(std::memory_order_relaxed); other != nullptr) {
            return *other;
        }
        auto& cell = made.emplace_back(metrics_, labels);
        place.store(&cell, std::memory_order_release);
        return cell;
    });
}

const CallMeter::Cell* CallMeter::known_cell(Function function) const {
    return cells_[static_cast<std::size_t>(function)].load(std::memory_order_acquire);
}

void CallMeter::finished(Function function, SteadyTime began) {
    Cell& cell = this->cell(function);
    const std::chrono::nanoseconds took = clock_.steady_now() - began;
    cell.calls.add();
    cell.seconds.observe_ns(took.count());
    if (function <= Function::work_job || took <= options_.budget) {
        return;
    }
    cell.over_budget.add();
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
    Cell& cell = this->cell(function);
    cell.faults.add();
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
    const Cell* const known = known_cell(function);
    return known == nullptr ? 0 : known->calls.value();
}

std::uint64_t CallMeter::over_budget(Function function) const {
    const Cell* const known = known_cell(function);
    return known == nullptr ? 0 : known->over_budget.value();
}

}  // namespace aihub::loader
