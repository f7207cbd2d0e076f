#include "tracing/tracer.hpp"

#include "base/thread_kind.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace aihub::tracing {

namespace {

using std::chrono::milliseconds;

// Only a bound: spans and stop() wake the thread.
constexpr milliseconds kIdle{60000};

TracerOptions usable(TracerOptions options) {
    options.batch_spans_max = std::max<std::size_t>(1, options.batch_spans_max);
    return options;
}

telemetry::Counter& counter(telemetry::Metrics& metrics, const char* result) {
    return metrics.counter(
        "aihub_trace_spans_total",
        "Spans taken by the sink, dropped because the queue was full, refused by the sink.",
        {{"result", result}}
    );
}

// What both sides of a hand-over hold: the loop may come to it when nobody waits any more.
struct Meeting {
    std::mutex mutex;
    std::condition_variable met;
    bool done = false;
};

}  // namespace

Tracer::Tracer(
    std::shared_ptr<capability::TraceSink> sink,
    Post post,
    const TracerOptions& options,
    const Clock& clock,
    telemetry::Metrics& metrics
)
    : sink_(std::move(sink)),
      post_(std::move(post)),
      options_(usable(options)),
      clock_(clock),
      taken_(counter(metrics, "taken")),
      dropped_(counter(metrics, "dropped")),
      refused_(counter(metrics, "refused")),
      queue_(options.queue_spans_max) {
    thread_ = std::jthread([this] { run(); });
}

Tracer::~Tracer() {
    stop(milliseconds(0));
}

void Tracer::submit(std::vector<model::Span> spans) {
    const auto count = spans.size();
    const auto before = waiting_.fetch_add(count, std::memory_order_relaxed);
    if (before + count > options_.queue_spans_max || !queue_.push(std::move(spans))) {
        waiting_.fetch_sub(count, std::memory_order_relaxed);
        dropped_.add(count);
        return;
    }
    if (before < options_.batch_spans_max && before + count >= options_.batch_spans_max) {
        changed_.notify_all();  // A full batch need not wait for the interval; missing this only costs the interval.
    }
}

void Tracer::stop(milliseconds patience) {
    {
        const std::scoped_lock lock(mutex_);
        if (!deadline_) {
            deadline_ = clock_.steady_now() + patience;
        }
    }
    queue_.close();
    changed_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void Tracer::run() {
    set_thread_kind(ThreadKind::worker);
    std::vector<model::Span> spans;
    while (collect(spans)) {
        for (std::size_t at = 0; at < spans.size(); at += options_.batch_spans_max) {
            const auto end = std::min(at + options_.batch_spans_max, spans.size());
            const auto first = std::make_move_iterator(spans.begin() + static_cast<std::ptrdiff_t>(at));
            const auto last = std::make_move_iterator(spans.begin() + static_cast<std::ptrdiff_t>(end));
            hand_over({first, last});
        }
    }
    static_cast<void>(on_loop([sink = sink_](std::function<void()> done) { sink->flush(std::move(done)); }));
}

// Waits for spans: a full batch, or what has come within the interval. False: stopped, and nothing is left.
bool Tracer::collect(std::vector<model::Span>& spans) {
    spans.clear();
    std::vector<std::vector<model::Span>> taken;
    while (taken.empty()) {
        if (!queue_.take_all(taken, kIdle)) {
            return false;
        }
    }
    {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, options_.flush_interval, [this] {
            return deadline_.has_value() || waiting_.load(std::memory_order_relaxed) >= options_.batch_spans_max;
        });
    }
    std::vector<std::vector<model::Span>> more;
    static_cast<void>(queue_.take_all(more, milliseconds(0)));
    for (auto* part : {&taken, &more}) {
        for (auto& call : *part) {
            std::move(call.begin(), call.end(), std::back_inserter(spans));
        }
    }
    waiting_.fetch_sub(spans.size(), std::memory_order_relaxed);
    return true;
}

// One batch at a time: a loop that has no time for spans makes the queue full, and the queue has a limit.
void Tracer::hand_over(std::vector<model::Span> batch) {
    const auto count = batch.size();
    const auto took = std::make_shared<std::atomic<bool>>(false);
    const auto shared = std::make_shared<const std::vector<model::Span>>(std::move(batch));
    const bool met = on_loop([sink = sink_, shared, took](const std::function<void()>& done) {
        *took = sink->take(*shared);
        done();
    });
    (!met ? dropped_ : *took ? taken_ : refused_).add(count);
}

bool Tracer::on_loop(Task task) {
    const auto meeting = std::make_shared<Meeting>();
    post_([task = std::move(task), meeting] {
        task([meeting] {
            const std::scoped_lock lock(meeting->mutex);
            meeting->done = true;
            meeting->met.notify_all();
        });
    });
    // Without a stop it waits as long as it takes; a stop is looked for now and then.
    constexpr milliseconds kLook{50};
    std::unique_lock lock(meeting->mutex);
    while (!meeting->met.wait_for(lock, kLook, [&] { return meeting->done; })) {
        const std::scoped_lock own(mutex_);
        if (deadline_ && clock_.steady_now() >= *deadline_) {
            return false;
        }
    }
    return true;
}

}  // namespace aihub::tracing
