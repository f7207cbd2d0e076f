// Spans on their way from the event loops to a sink.
#pragma once

#include "base/bounded_queue.hpp"
#include "base/clock.hpp"
#include "capability/trace_sink.hpp"
#include "model/span.hpp"
#include "telemetry/metrics.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace aihub::tracing {

struct TracerOptions {
    std::size_t queue_spans_max = 8192;             // waiting for the sink; over it spans are dropped and counted
    std::size_t batch_spans_max = 64;               // handed to the sink at once: it encodes them on an event loop
    std::chrono::milliseconds flush_interval{500};  // a span waits at most this long for others
};

// Gathers spans on a thread of its own and hands them to the sink in batches, one after another, on the loop that
// `post` leads to. Metrics: aihub_trace_spans_total{result="taken|dropped|refused"}.
class Tracer {
public:
    using Post = std::function<void(std::function<void()>)>;
    // `metrics` outlives it. The sink is let go of when the tracer and the last batch are gone.
    Tracer(
        std::shared_ptr<capability::TraceSink> sink,
        Post post,
        const TracerOptions& options,
        const Clock& clock,
        telemetry::Metrics& metrics
    );
    ~Tracer();
    Tracer(const Tracer&) = delete;
    Tracer& operator=(const Tracer&) = delete;

    // Any thread, never waits. The spans of one call.
    void submit(std::vector<model::Span> spans);
    // Takes no more spans, hands over what is queued and lets the sink deliver it, for at most `patience` in all. The
    // loop still runs. One thread, not a loop.
    void stop(std::chrono::milliseconds patience);

private:
    void run();
    [[nodiscard]] bool collect(std::vector<model::Span>& spans);
    void hand_over(std::vector<model::Span> batch);
    // Runs `task` on the loop and waits until it called what it is given; false: stop() is out of time.
    using Task = std::function<void(std::function<void()> done)>;
    bool on_loop(Task task);

    const std::shared_ptr<capability::TraceSink> sink_;
    const Post post_;
    const TracerOptions options_;
    const Clock& clock_;
    telemetry::Counter& taken_;
    telemetry::Counter& dropped_;
    telemetry::Counter& refused_;
    BoundedQueue<std::vector<model::Span>> queue_;
    std::atomic<std::size_t> waiting_{0};  // spans in the queue
    std::mutex mutex_;                     // guards deadline_
    std::condition_variable changed_;
    std::optional<SteadyTime> deadline_;  // set by stop()
    std::jthread thread_;                 // last: it uses everything above
};

}  // namespace aihub::tracing
