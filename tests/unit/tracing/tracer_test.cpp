#include "tracing/tracer.hpp"

#include "support/posix.hpp"

#include <gtest/gtest.h>

namespace aihub::tracing {
namespace {

using namespace std::chrono_literals;
using testing::eventually;

// Remembers names; `full` makes it refuse, `busy` keeps flush() open.
class FakeSink final : public capability::TraceSink {
public:
    bool take(std::span<const model::Span> spans) override {
        const std::scoped_lock lock(mutex);
        sizes.push_back(spans.size());
        for (const auto& span : spans) {
            names.push_back(span.name);
        }
        return !full;
    }
    void flush(std::function<void()> done) override {
        ++flushes;
        if (!busy) {
            done();
        }
    }
    [[nodiscard]] std::size_t count() const {
        const std::scoped_lock lock(mutex);
        return names.size();
    }

    mutable std::mutex mutex;
    std::vector<std::string> names;
    std::vector<std::size_t> sizes;
    std::atomic<bool> full{false};
    std::atomic<bool> busy{false};
    std::atomic<int> flushes{0};
};

class TracerTest : public ::testing::Test {
protected:
    // The loop is the thread that hands over, or nobody while `held`.
    void start(const TracerOptions& options) {
        tracer.emplace(
            sink,
            [this](const std::function<void()>& task) {
                const std::scoped_lock lock(mutex);
                if (held) {
                    posted.push_back(task);
                    return;
                }
                task();
            },
            options,
            clock,
            metrics
        );
    }
    static std::vector<model::Span> spans(std::size_t count) {
        std::vector<model::Span> list(count);
        for (std::size_t i = 0; i < count; ++i) {
            list[i].name = std::to_string(i);
        }
        return list;
    }
    [[nodiscard]] std::uint64_t counted(const char* result) {
        return metrics.counter("aihub_trace_spans_total", "", {{"result", result}}).value();
    }

    SystemClock clock;
    telemetry::Metrics metrics;
    std::shared_ptr<FakeSink> sink = std::make_shared<FakeSink>();
    std::mutex mutex;
    bool held = false;
    std::vector<std::function<void()>> posted;
    std::optional<Tracer> tracer;
};

TEST_F(TracerTest, HandsSpansOverInOrderAndInBatches) {
    start({100, 4, 1ms});
    tracer->submit(spans(3));
    tracer->submit(spans(7));
    ASSERT_TRUE(eventually([&] { return sink->count() == 10; }));
    tracer->stop(5s);
    EXPECT_EQ(counted("taken"), 10U);
    EXPECT_EQ(counted("dropped"), 0U);
    EXPECT_EQ(sink->flushes, 1);
    EXPECT_EQ(sink->names.front(), "0");
    EXPECT_EQ(sink->names.back(), "6");
    EXPECT_LE(*std::max_element(sink->sizes.begin(), sink->sizes.end()), 4U);
}

TEST_F(TracerTest, AFullBatchDoesNotWaitForTheInterval) {
    start({100, 4, 60s});
    tracer->submit(spans(1));
    tracer->submit(spans(3));
    tracer->submit(spans(4));
    EXPECT_TRUE(eventually([&] { return sink->count() >= 4; }));
}

TEST_F(TracerTest, StopHandsOverWhatIsQueuedAndTakesNoMore) {
    start({100, 64, 60s});
    tracer->submit(spans(2));
    tracer->stop(5s);
    EXPECT_EQ(sink->count(), 2U);
    tracer->submit(spans(2));
    EXPECT_EQ(sink->count(), 2U);
    EXPECT_EQ(counted("dropped"), 2U);
}

TEST_F(TracerTest, WhatDoesNotFitIsDroppedAndCounted) {
    held = true;
    start({10, 2, 1ms});
    for (int call = 0; call < 20; ++call) {
        tracer->submit(spans(2));
    }
    // At most the queue, and what was being handed over.
    EXPECT_GE(counted("dropped"), 40U - 10 - 10);
    EXPECT_EQ(sink->count(), 0U);
    tracer->stop(20ms);
    EXPECT_EQ(counted("dropped"), 40U) << "a loop that does not come round holds nobody up";
}

TEST_F(TracerTest, ASinkThatRefusesIsCounted) {
    sink->full = true;
    start({10, 2, 1ms});
    tracer->submit(spans(2));
    ASSERT_TRUE(eventually([&] { return counted("refused") == 2; }));
    EXPECT_EQ(counted("taken"), 0U);
}

TEST_F(TracerTest, StopDoesNotWaitForASinkForEver) {
    sink->busy = true;
    start({10, 2, 1ms});
    tracer->submit(spans(1));
    const auto began = clock.steady_now();
    tracer->stop(60ms);
    EXPECT_LT(clock.steady_now() - began, 5s);
    EXPECT_EQ(sink->flushes, 1);
}

}  // namespace
}  // namespace aihub::tracing
