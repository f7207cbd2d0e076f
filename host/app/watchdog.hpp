// Notices event loops that do not come round.
#pragma once

#include "base/clock.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace aihub::app {

struct WatchdogOptions {
    std::chrono::milliseconds stall{1000};   // held for longer: logged, with the stack of the loop's thread
    std::chrono::milliseconds abort{10000};  // held for longer: `end` is called; 0: never. Not before `stall`
    std::chrono::milliseconds period{1000};  // how often the loops are asked; shorter when `stall` is
};

// One loop to watch.
struct Watched {
    std::string name;                                 // "0", the value of the label `loop`
    std::function<void(std::function<void()>)> post;  // runs a task on the loop, soon; any thread
    pthread_t thread;                                 // lives as long as the watchdog
};

// A thread that asks each loop once a period to run a task, and looks when it did: the loops do nothing for it but
// that, so an idle process wakes up once a period. Metrics: aihub_loop_lag_seconds and aihub_loop_stalls_total, by
// loop. Time in which the whole process was stopped does not count as a loop's.
class Watchdog {
public:
    struct Reactions {
        std::function<void()> alive;                      // after each period in which all loops answered
        std::function<void(const std::string& why)> end;  // a loop was held for longer than `abort`
    };
    // References outlive it. Both reactions are called on the watchdog's thread; `end` need not return.
    Watchdog(
        std::vector<Watched> loops,
        const WatchdogOptions& options,
        Reactions reactions,
        const Clock& clock,
        telemetry::Log& log,
        telemetry::Metrics& metrics
    );
    // Ends the thread; a loop may still run a task that it was given.
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

private:
    // Shared with the tasks and the metric, which may outlive the watchdog.
    struct Beat {
        std::atomic<std::uint64_t> answered{0};
        std::atomic<std::int64_t> answered_at_ns{0};
        std::atomic<std::int64_t> lag_ns{0};
    };
    struct Loop {
        Watched watched;
        std::shared_ptr<Beat> beat;
        telemetry::Counter* stalls;
        std::uint64_t asked = 0;
        SteadyTime asked_at;
        std::chrono::nanoseconds owed{0};  // how long it owes an answer
        bool stalled = false;
    };
    void run(const std::stop_token& stop);
    [[nodiscard]] bool look(Loop& loop, SteadyTime now, std::chrono::nanoseconds passed);
    void ask(Loop& loop, SteadyTime now);
    void report(Loop& loop);

    const WatchdogOptions options_;
    const Reactions reactions_;
    const Clock& clock_;
    telemetry::Log& log_;
    std::vector<Loop> loops_;
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::jthread thread_;  // last: it uses everything above
};

// Ends the process at once and abnormally (SIGABRT), so that a supervisor starts it again: writes `why` as the last
// line of the log first, and to standard error when the log does not take it in time.
[[noreturn]] void end_process(telemetry::Log& log, const std::string& why);

}  // namespace aihub::app
