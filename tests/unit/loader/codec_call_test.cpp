#include "loader/codec_call.hpp"

#include "loader/call_abi.hpp"
#include "test_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace aihub::loader::testing {
namespace {

using capability::FrameEnd;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// One attempt over a provider with these settings.
struct Attempt {
    explicit Attempt(const std::string& settings = "{}", LoaderOptions options = {})
        : host(options), provider(host.provider("codec", settings)), call(*provider->build(chat_request(), sink)) {
        head = call->on_head(200, {}).has_value();
    }

    TestHost host;
    RecordingSink sink{&host.loop};
    std::shared_ptr<capability::Provider> provider;
    std::unique_ptr<capability::CodecCall> call;
    bool head = false;
};

TEST(CodecCall, TurnsFramesIntoEvents) {
    Attempt attempt;
    EXPECT_TRUE(attempt.call->on_frame("delta", "hello "));
    EXPECT_TRUE(attempt.call->on_frame("", R"({"usage":3,5})"));
    EXPECT_TRUE(attempt.call->on_frame("", "[DONE]"));
    EXPECT_TRUE(attempt.call->on_end(FrameEnd::complete));
    EXPECT_THAT(attempt.sink.seen(), ElementsAre("raw:hello delta", "usage:3/5", "finish:stop", "complete:success"));
}

TEST(CodecCall, ShowsTheRequestWithASecretByNameOnly) {
    Attempt attempt;
    const capability::HttpRequest& request = attempt.call->request();
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.path, "/chat");
    EXPECT_EQ(request.framing, capability::Framing::sse);
    ASSERT_EQ(request.headers.size(), 2u);
    EXPECT_EQ(request.headers[1].value, "Bearer ");
    EXPECT_EQ(request.headers[1].secret, "api_key");
    ASSERT_EQ(request.body.size(), 1u);
    // The very bytes of the client, not a copy.
    EXPECT_EQ(request.body[0].data(), chat_request().body.data());
}

TEST(CodecCall, SaysWhyARequestCannotBeMade) {
    TestHost host;
    const auto provider = host.provider("codec");
    RecordingSink sink;
    capability::ProviderRequest request = chat_request();
    request.members = {};
    const auto built = provider->build(request, sink);
    ASSERT_FALSE(built);
    EXPECT_EQ(built.error().code, Errc::invalid_request);
    EXPECT_EQ(built.error().message, "messages is missing: send at least one");
    EXPECT_EQ(CallTable::instance().open_calls(), 0u);
}

TEST(CodecCall, UsageMayBeTime) {
    struct Case {
        const char* settings;
        const char* frame;
        std::optional<std::uint64_t> audio_ms;
    };
    const Case cases[] = {
        {"{}", R"({"usage":3,5,7000})", 7000},
        {"{}", R"({"usage":3,5})", std::nullopt},
        {R"({"mode":"minor_zero"})", R"({"usage":3,5,7000})", std::nullopt},  // the event ends before it
    };
    for (const auto& one : cases) {
        Attempt attempt(one.settings);
        EXPECT_TRUE(attempt.call->on_frame("", one.frame));
        EXPECT_THAT(attempt.sink.seen(), ElementsAre("usage:3/5")) << one.settings;
        EXPECT_EQ(attempt.sink.usage.audio_ms, one.audio_ms) << one.settings;
    }
}

TEST(CodecCall, RefusesHeadersThatAreTheHosts) {
    TestHost host;
    const auto provider = host.provider("codec", R"({"mode":"bad_header"})");
    RecordingSink sink;
    const auto built = provider->build(chat_request(), sink);
    ASSERT_FALSE(built);
    EXPECT_EQ(built.error().code, Errc::internal);
    EXPECT_THAT(built.error().message, HasSubstr("Content-Length"));
    EXPECT_EQ(host.count("codec", "destroy"), 1u);
}

TEST(CodecCall, MapsFailures) {
    Attempt attempt;
    EXPECT_TRUE(attempt.call->on_head(429, {}));
    EXPECT_TRUE(attempt.call->on_frame("", "slow down"));
    EXPECT_THAT(attempt.sink.seen(), ElementsAre("complete:rate_limit"));
    EXPECT_EQ(attempt.sink.failure.http_status, 429);
    EXPECT_EQ(attempt.sink.failure.retry_after, std::chrono::seconds(3));
    EXPECT_EQ(attempt.sink.failure.detail_json, R"({"code":"x"})");
}

TEST(CodecCall, UnknownAndHugeFailuresAreTamed) {
    const std::string endless(100000, 'x');
    aihub_failure failure{};
    failure.kind = 99;
    failure.http_status = -5;
    failure.retry_after_ns = -1;
    failure.message = slice(endless);
    failure.detail_json = slice("{not json");
    const capability::Failure tamed = to_failure(failure);
    EXPECT_EQ(tamed.kind, capability::FailureKind::internal);
    EXPECT_EQ(tamed.http_status, 0);
    EXPECT_EQ(tamed.retry_after.count(), 0);
    EXPECT_EQ(tamed.message.size(), kMessageBytesMax);
    EXPECT_EQ(tamed.detail_json, "");
}

TEST(CodecCall, ANegativeStatusEndsTheAttemptAsUpstream) {
    Attempt attempt(R"({"mode":"fail"})");
    const Result<void> done = attempt.call->on_frame("", "x");
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::upstream_failed);
    EXPECT_EQ(done.error().message, "the frame makes no sense");
}

TEST(CodecCall, NonsenseIsAnInternalFault) {
    Attempt attempt(R"({"mode":"nonsense"})");
    const Result<void> done = attempt.call->on_frame("", "x");
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::internal);
    EXPECT_THAT(done.error().message, HasSubstr("4242"));
    EXPECT_EQ(attempt.host.faults("codec", "on_frame"), 1u);
}

TEST(CodecCall, ASecondEndIsGoneAndCounted) {
    Attempt attempt(R"({"mode":"twice"})");
    EXPECT_TRUE(attempt.call->on_frame("", "[DONE]"));
    EXPECT_THAT(attempt.sink.seen(), ElementsAre("finish:stop", "complete:success"));
    EXPECT_EQ(attempt.host.faults("codec", "complete"), 1u);
}

TEST(CodecCall, NothingPassesAfterTheEnd) {
    Attempt attempt(R"({"mode":"after_end"})");
    EXPECT_TRUE(attempt.call->on_frame("", "[DONE]"));
    EXPECT_THAT(attempt.sink.seen(), ElementsAre("finish:stop", "complete:success"));
    EXPECT_EQ(attempt.host.faults("codec", "emit"), 1u);
}

TEST(CodecCall, ALateUseOfAHandleTouchesNothing) {
    Attempt first(R"({"mode":"late"})");
    first.call.reset();
    const std::uint64_t before = CallTable::instance().gone_uses.load();
    RecordingSink sink;
    const auto second = first.provider->build(chat_request(), sink);
    ASSERT_TRUE(second);
    EXPECT_EQ(CallTable::instance().gone_uses.load(), before + 1);
    EXPECT_THAT(first.sink.seen(), ElementsAre());
    EXPECT_THAT(sink.seen(), ElementsAre());
}

TEST(CodecCall, AForeignThreadCannotEmit) {
    TestHost host;
    class Nobody final : public CallOwner {
        void run_posted(void (*)(aihub_callstate*, void*), void*) override {}
        void plugin_completed() override {}
        void used_late(const char*) override {}
        [[nodiscard]] bool wanted() const override { return true; }
    } owner;
    RecordingSink sink;
    aihub_call* const call = CallTable::instance().open(sink, owner);
    aihub_event event{};
    event.struct_size = sizeof event;
    event.kind = AIHUB_EV_TEXT;
    aihub_status status = AIHUB_OK;
    std::jthread([&] { status = call_extension().emit(call, &event); }).join();
    EXPECT_EQ(status, AIHUB_E_INVALID);
    EXPECT_EQ(call_extension().cancelled(call), AIHUB_OK);
    {
        const ActiveCall active(*CallTable::instance().slot(call));
        EXPECT_EQ(call_extension().emit(call, &event), AIHUB_OK);
    }
    CallTable::instance().close(call);
    EXPECT_EQ(call_extension().emit(call, &event), AIHUB_GONE);
    EXPECT_EQ(call_extension().deadline_ns(call), 0);
    EXPECT_EQ(call_extension().emit(nullptr, &event), AIHUB_GONE);
    EXPECT_EQ(call_extension().emit(reinterpret_cast<aihub_call*>(0xdeadbeefdeadbeef), &event), AIHUB_GONE);
    EXPECT_THAT(sink.seen(), ElementsAre("text:"));
}

TEST(CodecCall, AnEndWithoutAnAnswerIsCompletedByTheHost) {
    Attempt attempt(R"({"mode":"silent"})");
    EXPECT_TRUE(attempt.call->on_end(FrameEnd::complete));
    EXPECT_THAT(attempt.sink.seen(), ElementsAre("complete:internal"));
    EXPECT_EQ(attempt.host.faults("codec", "on_end"), 1u);
}

TEST(CodecCall, ACancelledAttemptIsQuietAndDestroyedOnce) {
    Attempt attempt;
    EXPECT_TRUE(attempt.call->on_frame("", "a"));
    attempt.call.reset();
    EXPECT_EQ(attempt.host.count("codec", "on_end"), 1u);
    EXPECT_EQ(attempt.host.count("codec", "destroy"), 1u);
    EXPECT_THAT(attempt.sink.seen(), ElementsAre("raw:a"));
    EXPECT_EQ(attempt.host.faults("codec", "on_end"), 0u);
}

TEST(CodecCall, PostedWorkRunsOnTheLoopOrNotAtAll) {
    Attempt attempt;
    EXPECT_TRUE(attempt.call->on_frame("", "!post x"));
    attempt.host.loop.run_ready();
    EXPECT_THAT(attempt.sink.seen(), ElementsAre("text:0", "text:posted"));
    EXPECT_TRUE(attempt.call->on_frame("", "!post x"));
    attempt.call.reset();
    attempt.host.loop.run_ready();
    EXPECT_THAT(attempt.sink.seen(), ElementsAre("text:0", "text:posted", "text:0"));
}

TEST(CodecCall, KnowsItsDeadline) {
    Attempt attempt;
    EXPECT_TRUE(attempt.call->on_frame("", "!deadline"));
    EXPECT_EQ(attempt.sink.last(), "text:7");
}

TEST(CodecCall, CountsSlowCallbacksAndLogsOneLine) {
    TestHost slow;
    const SystemClock real;
    Loader loader({}, {slow.log, slow.metrics, real, slow.loop});
    loader.load_file(plugin_file("codec"));
    config::Provider config;
    config.plugin = "com.example.codec";
    config.base_url = "https://api.example.com";
    config.settings_json = R"({"mode":"block"})";
    RecordingSink sink;
    const auto provider = *loader.create_provider(config);
    const auto call = *provider->build(chat_request(), sink);
    ASSERT_TRUE(call->on_frame("", "a"));
    ASSERT_TRUE(call->on_frame("", "b"));
    const std::vector<telemetry::Label> labels = {{"plugin", "com.example.codec"}, {"function", "on_frame"}};
    EXPECT_EQ(slow.metrics.counter("aihub_plugin_over_budget_total", "", labels).value(), 2u);
    EXPECT_GE(slow.metrics.histogram("aihub_plugin_call_seconds", "", labels).sum_ns(), 100000000u);
    std::size_t lines = 0;
    for (const std::string& line : slow.log.lines()) {
        lines += line.find("plugin call over budget") != std::string::npos ? 1 : 0;
    }
    EXPECT_EQ(lines, 1u);
}

}  // namespace
}  // namespace aihub::loader::testing
