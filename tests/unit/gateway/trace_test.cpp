#include "gateway/trace.hpp"

#include "support/worker_fixture.hpp"
#include "tracing/tracer.hpp"

namespace aihub::gateway {
namespace {

using testing::http_reply;
using ::testing::IsEmpty;
using testing::Reply;

const std::string kParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

class KeptSpans final : public capability::TraceSink {
public:
    bool take(std::span<const model::Span> batch) override {
        const std::scoped_lock lock(mutex_);
        spans_.insert(spans_.end(), batch.begin(), batch.end());
        return true;
    }
    void flush(std::function<void()> done) override { done(); }
    [[nodiscard]] std::vector<model::Span> spans() const {
        const std::scoped_lock lock(mutex_);
        return spans_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<model::Span> spans_;
};

// Two providers list the model "large"; "acme" comes first and is busy.
class TraceTest : public testing::WorkerTest {
protected:
    TraceTest() {
        add_codec("acme", first.port(), {"large"}).failure.kind = capability::FailureKind::overloaded;
        add_codec("beta", second.port(), {"large"});
        first.set_handler([](const testing::UpstreamRequest&) { return Reply(http_reply(503, "no")); });
        second.set_handler([](const testing::UpstreamRequest&) { return Reply(http_reply(200, "yes")); });
    }
    void start_traced() {
        start();
        tracer.emplace(
            sink, [](const std::function<void()>& task) { task(); }, tracing::TracerOptions{}, clock, metrics
        );
        services->tracer = &*tracer;  // Before the first request.
    }
    [[nodiscard]] std::string chat_with(std::string_view fields) const {
        return testing::http_request("POST", "/v1/chat/completions", body_of("large"), auth() + std::string(fields));
    }
    // The spans of all calls so far, in the order of their start: each call's own before its attempts.
    [[nodiscard]] std::vector<model::Span> all_spans() {
        tracer->stop(testing::kPatience);
        return sink->spans();
    }
    static std::string text(const model::Span& span, std::string_view name) {
        for (const auto& attribute : span.attributes) {
            if (attribute.name == name) {
                const auto* value = std::get_if<std::string>(&attribute.value);
                return value != nullptr ? *value : "no text";
            }
        }
        return {};
    }
    testing::RawUpstream first;
    testing::RawUpstream second;
    std::shared_ptr<KeptSpans> sink = std::make_shared<KeptSpans>();
    std::optional<tracing::Tracer> tracer;
};

TEST_F(TraceTest, each_attempt_is_a_child_and_is_what_its_provider_is_told) {
    start_traced();
    ASSERT_EQ(call(chat_with("traceparent: " + kParent + "\r\n")).status(), 200);
    EXPECT_EQ(only_row().provider, "beta");
    const auto spans = all_spans();
    ASSERT_EQ(spans.size(), 3U);
    EXPECT_EQ(hex_text(spans[0].trace), kParent.substr(3, 32));
    EXPECT_EQ(spans[0].parent.back(), 0xB7);
    EXPECT_FALSE(spans[0].failed);
    for (const auto index : {1U, 2U}) {
        EXPECT_EQ(spans[index].parent, spans[0].id);
        EXPECT_EQ(spans[index].trace, spans[0].trace);
        EXPECT_LE(spans[index].start, spans[index].end);
        const auto& upstream = index == 1 ? first : second;
        std::string told;
        append_traceparent(told, {spans[index].trace, spans[index].id, true});
        EXPECT_EQ(upstream.last().message.headers.get("traceparent"), told);
    }
    EXPECT_TRUE(spans[1].failed);
    EXPECT_EQ(text(spans[1], "error.type"), "overloaded");
    EXPECT_EQ(text(spans[1], "gen_ai.provider.name"), "acme");
    EXPECT_FALSE(spans[2].failed);
    EXPECT_EQ(text(spans[2], "gen_ai.provider.name"), "beta");
}

TEST_F(TraceTest, of_the_traces_that_begin_here_the_ratio_decides) {
    config.tracing.sample_ratio = 0.5;
    start_traced();
    constexpr int kCalls = 200;
    auto client = connect();
    for (int i = 0; i < kCalls; ++i) {
        ASSERT_TRUE(client.send(chat("no-such-model")));
        ASSERT_EQ(client.reply()->status(), 404);
    }
    EXPECT_EQ(rows(kCalls).size(), 100U);  // as many as one look gives
    const auto count = all_spans().size();
    EXPECT_GT(count, 50U);  // Seven standard deviations from a half.
    EXPECT_LT(count, 150U);
}

TEST_F(TraceTest, what_a_connection_serves_next_has_no_trace_of_the_call_before) {
    config.tracing.sample_ratio = 0;
    start_traced();
    auto client = connect();
    ASSERT_TRUE(client.send(chat_with("traceparent: " + kParent + "\r\ntracestate: a=1\r\n")));
    ASSERT_EQ(client.reply()->status(), 200);
    EXPECT_EQ(second.last().message.headers.get("tracestate"), "a=1");
    ASSERT_TRUE(client.send(chat_with("")));
    ASSERT_EQ(client.reply()->status(), 200);
    EXPECT_EQ(second.last().message.headers.count("traceparent"), 0U);
    EXPECT_EQ(second.last().message.headers.count("tracestate"), 0U);
    EXPECT_EQ(rows(2).size(), 2U);
    EXPECT_EQ(all_spans().size(), 3U);
}

TEST_F(TraceTest, without_a_sink_and_propagation_nothing_is_read) {
    config.tracing.propagate = false;
    config.response_headers.trace = true;
    start();
    const auto reply = call(chat_with("traceparent: " + kParent + "\r\n"));
    EXPECT_EQ(reply.status(), 200);
    EXPECT_EQ(reply.headers.count("traceresponse"), 0U);
    EXPECT_EQ(second.last().message.headers.count("traceparent"), 0U);
    EXPECT_THAT(sink->spans(), IsEmpty());
}

}  // namespace
}  // namespace aihub::gateway
