#include "app/watchdog.hpp"

#include "app/thread_stack.hpp"
#include "base/thread_kind.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace aihub::app {

namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// How long a held thread may take to say where it is, and the log to write the last line.
constexpr milliseconds kStackPatience{500};
constexpr milliseconds kLastLine{1000};

WatchdogOptions usable(WatchdogOptions options) {
    options.stall = std::max(options.stall, milliseconds(1));
    options.period = std::clamp(options.period, milliseconds(1), options.stall);
    if (options.abort.count() > 0) {
        options.abort = std::max(options.abort, options.stall);
    }
    return options;
}

std::int64_t to_ms(nanoseconds duration) {
    return duration_cast<milliseconds>(duration).count();
}

}  // namespace

Watchdog::Watchdog(
    std::vector<Watched> loops,
    const WatchdogOptions& options,
    Reactions reactions,
    const Clock& clock,
    telemetry::Log& log,
    telemetry::Metrics& metrics
)
    : options_(usable(options)), reactions_(std::move(reactions)), clock_(clock), log_(log) {
    for (auto& watched : loops) {
        const std::vector<telemetry::Label> label{{"loop", watched.name}};
        Loop loop{std::move(watched), std::make_shared<Beat>(), nullptr, 0, {}, {}, false};
        loop.stalls = &metrics.counter(
            "aihub_loop_stalls_total", "Times that an event loop was held for longer than watchdog.stall.", label
        );
        metrics.gauge_from(
            "aihub_loop_lag_seconds",
            "How long a task waited for its event loop, asked once a second.",
            [beat = loop.beat] { return static_cast<double>(beat->lag_ns.load(std::memory_order_relaxed)) / 1e9; },
            label
        );
        loops_.push_back(std::move(loop));
    }
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

Watchdog::~Watchdog() = default;

void Watchdog::run(const std::stop_token& stop) {
    set_thread_kind(ThreadKind::control);
    pthread_setname_np(pthread_self(), "watchdog");
    auto last = clock_.steady_now();
    for (auto& loop : loops_) {
        ask(loop, last);
    }
    auto pause = options_.period;
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait_for(lock, stop, pause, [] { return false; });
        if (stop.stop_requested()) {
            return;
        }
        const auto now = clock_.steady_now();
        // Longer than this was not a wait: the process was stopped, and so were its loops.
        const auto passed = std::min<nanoseconds>(now - last, 2 * pause);
        last = now;
        bool all = true;
        for (auto& loop : loops_) {
            all = look(loop, now, passed) && all;
        }
        pause = all ? options_.period : std::max(options_.period / 4, milliseconds(1));
        if (all && reactions_.alive) {
            reactions_.alive();
        }
    }
}

// False: the loop owes an answer.
bool Watchdog::look(Loop& loop, SteadyTime now, nanoseconds passed) {
    Beat& beat = *loop.beat;
    if (beat.answered.load(std::memory_order_acquire) == loop.asked) {
        const SteadyTime at{nanoseconds(beat.answered_at_ns.load(std::memory_order_relaxed))};
        beat.lag_ns.store(nanoseconds(at - loop.asked_at).count(), std::memory_order_relaxed);
        if (loop.stalled) {
            log_.warn(
                "event loop goes on",
                {{"loop", loop.watched.name}, {"held_ms", std::int64_t{to_ms(at - loop.asked_at)}}}
            );
        }
        loop.stalled = false;
        loop.owed = nanoseconds(0);
        ask(loop, now);
        return true;
    }
    loop.owed += passed;
    beat.lag_ns.store(loop.owed.count(), std::memory_order_relaxed);
    if (!loop.stalled && loop.owed >= options_.stall) {
        loop.stalled = true;
        loop.stalls->add();
        report(loop);
    }
    if (options_.abort.count() > 0 && loop.owed >= options_.abort) {
        reactions_.end(
            "event loop " + loop.watched.name + " is held for " + std::to_string(to_ms(loop.owed)) +
            " ms, longer than watchdog.abort: the process ends, to be started again"
        );
    }
    return false;
}

void Watchdog::ask(Loop& loop, SteadyTime now) {
    loop.asked_at = now;
    loop.watched.post([beat = loop.beat, number = ++loop.asked, &clock = clock_] {
        beat->answered_at_ns.store(
            duration_cast<nanoseconds>(clock.steady_now().time_since_epoch()).count(), std::memory_order_relaxed
        );
        beat->answered.store(number, std::memory_order_release);
    });
}

void Watchdog::report(Loop& loop) {
    const auto stack = sample_stack(loop.watched.thread, kStackPatience);
    const std::string text = stack ? stack->text() : stack.error().message;
    log_.error(
        "event loop is held",
        {{"loop", loop.watched.name},
         {"held_ms", to_ms(loop.owed)},
         {"plugin", stack ? std::string_view(stack->owner) : std::string_view()},
         {"function", stack ? std::string_view(stack->task) : std::string_view()},
         {"stack", text}}
    );
}

void end_process(telemetry::Log& log, const std::string& why) {
    log.error(why);
    std::mutex mutex;
    std::condition_variable_any written;
    bool done = false;
    // The writer may be what hangs: it is given a moment, and nobody joins it.
    std::jthread flusher([&] {
        log.flush();
        const std::scoped_lock lock(mutex);
        done = true;
        written.notify_all();
    });
    std::unique_lock lock(mutex);
    if (!written.wait_for(lock, kLastLine, [&] { return done; })) {
        const std::string line = why + "\n";
        static_cast<void>(!::write(STDERR_FILENO, line.data(), line.size()));
    }
    std::abort();
}

}  // namespace aihub::app
