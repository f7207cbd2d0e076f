#include "loader/stream_call.hpp"

#include "test_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aihub::loader::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// One call over a provider with these settings; `call` is null when start() was refused.
struct StreamAttempt {
    explicit StreamAttempt(const std::string& settings) : provider(host.provider("stream", settings)) {}

    bool start() {
        Result<std::unique_ptr<capability::StreamCall>> started = provider->start(chat_request(), sink);
        if (!started) {
            error = started.error();
            return false;
        }
        call = *std::move(started);
        return true;
    }
    void wait_for_end() {
        host.loop.run_until([this] { return sink->ended(); });
    }
    void wait_for_destroy() {
        host.loop.run_until([this] { return host.count("stream", "destroy") == 1; });
    }
    std::uint64_t overdue() {
        return host.metrics.counter(
                               "aihub_plugin_cancel_overdue_total", "", {{"plugin", "com.example.stream"}}
        ).value();
    }

    TestHost host;
    std::shared_ptr<RecordingSink> sink = std::make_shared<RecordingSink>(&host.loop);
    std::shared_ptr<capability::Provider> provider;
    std::unique_ptr<capability::StreamCall> call;
    Error error;
};

TEST(StreamCall, EventsComeFromThePluginsThread) {
    StreamAttempt attempt(R"({"words":2})");
    ASSERT_TRUE(attempt.start());
    attempt.wait_for_end();
    attempt.call.reset();
    attempt.wait_for_destroy();
    EXPECT_THAT(attempt.sink->seen(), ElementsAre("text:word 0", "text:word 1", "finish:stop", "complete:success"));
    EXPECT_EQ(CallTable::instance().open_calls(), 0u);
}

TEST(StreamCall, MayAnswerBeforeStartReturns) {
    StreamAttempt attempt(R"({"words":1,"mode":"at_once"})");
    ASSERT_TRUE(attempt.start());
    EXPECT_TRUE(attempt.sink->ended());
    attempt.call.reset();
    EXPECT_EQ(attempt.host.count("stream", "destroy"), 1u);
}

TEST(StreamCall, SaysWhyItWasRefused) {
    StreamAttempt attempt(R"({"mode":"refuse"})");
    EXPECT_FALSE(attempt.start());
    EXPECT_EQ(attempt.error.message, "the model is still loading");
    EXPECT_EQ(CallTable::instance().open_calls(), 0u);
}

TEST(StreamCall, IsStartedOnALoopOnly) {
    StreamAttempt attempt("{}");
    bool started = true;
    std::jthread([&] { started = attempt.start(); }).join();
    EXPECT_FALSE(started);
    EXPECT_THAT(attempt.error.message, HasSubstr("event loop"));
}

TEST(StreamCall, KeepsToBackPressure) {
    StreamAttempt attempt(R"({"words":2})");
    attempt.sink->answer = capability::EmitStatus::again;
    ASSERT_TRUE(attempt.start());
    attempt.host.loop.run_until([&] { return attempt.sink->seen().size() == 1; });
    attempt.call->resume();
    attempt.host.loop.run_until([&] { return attempt.sink->seen().size() == 2; });
    attempt.call->resume();
    attempt.wait_for_end();
    EXPECT_THAT(attempt.sink->last(), "complete:success");
}

TEST(StreamCall, CancelLeadsToTheEnd) {
    StreamAttempt attempt(R"({"words":1000})");
    attempt.sink->answer = capability::EmitStatus::again;
    ASSERT_TRUE(attempt.start());
    attempt.host.loop.run_until([&] { return attempt.sink->seen().size() == 1; });
    attempt.call->cancel();
    attempt.call->cancel();
    attempt.wait_for_end();
    EXPECT_EQ(attempt.host.count("stream", "cancel"), 1u);
    attempt.call.reset();
    attempt.wait_for_destroy();
    EXPECT_TRUE(attempt.host.loop.timers.empty());
    EXPECT_EQ(attempt.overdue(), 0u);
}

TEST(StreamCall, DroppingTheCallCancelsAndDestroysLater) {
    StreamAttempt attempt(R"({"words":1000})");
    attempt.sink->answer = capability::EmitStatus::again;
    ASSERT_TRUE(attempt.start());
    attempt.host.loop.run_until([&] { return attempt.sink->seen().size() == 1; });
    attempt.call.reset();
    attempt.wait_for_destroy();
    // Nobody asked any more, so nobody was told.
    EXPECT_THAT(attempt.sink->seen(), ElementsAre("text:word 0"));
    EXPECT_EQ(CallTable::instance().open_calls(), 0u);
}

TEST(StreamCall, TheHostEndsACallThatDoesNotHearItsCancel) {
    StreamAttempt attempt(R"({"words":1000,"mode":"late"})");
    attempt.sink->answer = capability::EmitStatus::again;
    ASSERT_TRUE(attempt.start());
    attempt.host.loop.run_until([&] { return attempt.sink->seen().size() == 1; });
    attempt.call->cancel();
    ASSERT_EQ(attempt.host.loop.timers.size(), 1u);
    EXPECT_EQ(attempt.host.loop.timers.begin()->second.first, std::chrono::seconds(1));
    attempt.host.loop.fire_timers();
    EXPECT_EQ(attempt.sink->last(), "complete:internal");
    EXPECT_EQ(attempt.overdue(), 1u);
    // The state is kept for the plugin's threads until the plugin ends the call itself.
    EXPECT_EQ(attempt.host.count("stream", "destroy"), 0u);
    attempt.call->resume();
    attempt.call.reset();
    attempt.wait_for_destroy();
    EXPECT_EQ(attempt.sink->seen().size(), 2u);
}

TEST(StreamCall, ASecondEndAndLaterEventsAreGone) {
    for (const char* mode : {"twice", "chatty"}) {
        StreamAttempt attempt(std::string(R"({"words":1,"mode":")") + mode + "\"}");
        ASSERT_TRUE(attempt.start());
        const std::string function = std::string(mode) == "twice" ? "complete" : "emit";
        attempt.host.loop.run_until([&] { return attempt.host.faults("stream", function) == 1; });
        attempt.call.reset();
        attempt.wait_for_destroy();
        EXPECT_THAT(attempt.sink->seen(), ElementsAre("text:word 0", "finish:stop", "complete:success")) << mode;
    }
}

TEST(StreamCall, ManyCallsAtOnceEndOnceEach) {
    TestHost host;
    const auto provider = host.provider("stream", R"({"words":20})");
    std::vector<std::shared_ptr<RecordingSink>> sinks;
    std::vector<std::unique_ptr<capability::StreamCall>> calls;
    constexpr std::size_t kCalls = 300;
    for (std::size_t i = 0; i < kCalls; ++i) {
        sinks.push_back(std::make_shared<RecordingSink>(&host.loop));
        calls.push_back(*provider->start(chat_request(), sinks.back()));
        if (i % 3 == 0) {
            calls.back().reset();
        }
    }
    for (std::size_t i = 0; i < kCalls; ++i) {
        if (calls[i] != nullptr) {
            host.loop.run_until([&] { return sinks[i]->ended(); });
            EXPECT_EQ(sinks[i]->seen().size(), 22u);
        }
    }
    calls.clear();
    host.loop.run_until([&] { return host.count("stream", "destroy") == kCalls; });
    EXPECT_EQ(CallTable::instance().open_calls(), 0u);
}

}  // namespace
}  // namespace aihub::loader::testing
