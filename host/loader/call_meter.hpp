// Counts and times every call into a plugin.
#pragma once

#include "base/clock.hpp"
#include "base/guarded.hpp"
#include "base/thread_task.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::loader {

// The functions of a plugin that the host calls. Those up to `work_job` may block, the rest run on event loops.
enum class Function : std::uint8_t {
    init,
    deinit,
    create,
    quiesce,
    destroy_instance,
    work_job,
    build,
    on_head,
    on_frame,
    on_end,
    destroy,
    start,
    resume,
    cancel,
    post,
    timer,
    work_done,
    http_head,
    http_frame,
    http_end,
    take_spans,
    flush_spans,
    emit,
    complete  // the plugin's calls of the host: only their faults are counted
};
inline constexpr std::size_t kFunctions = static_cast<std::size_t>(Function::complete) + 1;
[[nodiscard]] std::string_view function_name(Function function);

// aihub_plugin_calls_total, aihub_plugin_call_seconds, aihub_plugin_over_budget_total and aihub_plugin_faults_total of
// one plugin, by function. A call costs two clock readings and a few relaxed atomics. Any thread. Made by Plugin; the
// references outlive it.
class CallMeter {
public:
    struct Options {
        std::string plugin;
        std::chrono::nanoseconds budget{0};  // of functions on event loops
    };
    CallMeter(Options options, telemetry::Log& log, telemetry::Metrics& metrics, const Clock& clock);

    [[nodiscard]] SteadyTime now() const { return clock_.steady_now(); }
    // For watchdogs: whose function it is.
    [[nodiscard]] ThreadTask task(Function function) const { return {options_.plugin, function_name(function)}; }
    void finished(Function function, SteadyTime began);
    // The plugin let an exception out, answered nonsense or broke the order of calls.
    void fault(Function function, std::string_view what);

    [[nodiscard]] std::uint64_t calls(Function function) const;
    [[nodiscard]] std::uint64_t over_budget(Function function) const;
    [[nodiscard]] std::uint64_t faults() const { return faults_seen_.load(std::memory_order_relaxed); }
    // "on_frame: answered status 42", or empty.
    [[nodiscard]] std::string last_fault() const {
        return last_fault_.with([](const std::string& text) { return text; });
    }

private:
    struct Cell {
        Cell(telemetry::Metrics& metrics, const std::vector<telemetry::Label>& labels);

        telemetry::Counter& calls;
        telemetry::Histogram& seconds;
        telemetry::Counter& over_budget;
        telemetry::Counter& faults;
        std::atomic<std::int64_t> next_log_ns{INT64_MIN};  // one line per function and kLogInterval
    };
    // Made when the function is first called: most plugins have a few of them only.
    [[nodiscard]] Cell& cell(Function function);
    [[nodiscard]] Cell& make_cell(Function function);
    [[nodiscard]] const Cell* known_cell(Function function) const;
    [[nodiscard]] bool may_log(Cell& cell);

    const Options options_;
    telemetry::Log& log_;
    const Clock& clock_;
    telemetry::Metrics& metrics_;
    std::array<std::atomic<Cell*>, kFunctions> cells_{};
    Guarded<std::deque<Cell>> made_;
    std::atomic<std::uint64_t> faults_seen_{0};
    Guarded<std::string> last_fault_;
};

// Times one call: from construction to destruction.
class Timed {
public:
    Timed(CallMeter& meter, Function function)
        : meter_(meter), function_(function), task_(meter.task(function)), began_(meter.now()) {}
    ~Timed() { meter_.finished(function_, began_); }
    Timed(const Timed&) = delete;
    Timed& operator=(const Timed&) = delete;

private:
    CallMeter& meter_;
    const Function function_;
    const TaskScope task_;
    const SteadyTime began_;
};

// Calls `call`, timed. An exception must not leave a plugin, but one that does must not take the process down, either:
// it is counted, and the answer is `fallback`.
template <class Call, class Answer>
Answer invoke(CallMeter& meter, Function function, Answer fallback, Call&& call) noexcept {
    const Timed timed(meter, function);
    try {
        return call();
    } catch (...) {
        meter.fault(function, "let an exception out");
        return fallback;
    }
}
template <class Call>
void invoke(CallMeter& meter, Function function, Call&& call) noexcept {
    invoke(meter, function, 0, [&call] {
        call();
        return 0;
    });
}

}  // namespace aihub::loader
