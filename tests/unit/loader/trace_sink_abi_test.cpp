#include "loader/trace_sink_abi.hpp"

#include "test_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aihub::loader {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::TestHost;

// The first-party sink, over a host whose HTTP and timers the test drives.
class TraceSinkAbi : public ::testing::Test {
protected:
    std::shared_ptr<capability::TraceSink> sink(const std::string& settings = "{}") {
        host.loader.load_file(std::string(AIHUB_BUILD_DIR) + "/plugins/trace_otlp.so");
        config::Provider block;
        block.name = "tracing";
        block.plugin = "aihub.trace.otlp";
        block.base_url = "http://127.0.0.1:4318/";
        block.settings_json = settings;
        block.secrets.emplace("api_key", Secret("collector-secret"));
        auto made = host.loader.create_trace_sink(block);
        problem = made ? "" : made.error().message;
        return made ? *made : nullptr;
    }
    static model::Span span(const std::string& name) {
        model::Span span;
        span.trace.fill(0xAB);
        span.id.fill(0x01);
        span.name = name;
        span.start = WallTime(std::chrono::seconds(1700000000));
        span.end = span.start + std::chrono::milliseconds(1500);
        span.attributes = {{"a.text", std::string("x\"y\n\xff")}, {"a.number", std::int64_t{-7}}, {"a.truth", true}};
        return span;
    }
    // Ends exchange `index` as the collector's answer.
    void answer(std::size_t index, int status, std::vector<capability::Header> headers = {}) {
        auto& to = *host.http.sinks.at(index);
        if (status > 0) {
            to.on_head(status, headers);
        }
        to.on_end(status > 0 ? capability::ExchangeEnd::complete : capability::ExchangeEnd::unavailable);
    }
    [[nodiscard]] std::string metrics() const { return host.metrics.render(); }

    TestHost host;
    std::string problem;
};

TEST_F(TraceSinkAbi, SpansBecomeOneRequest) {
    const auto made = sink(R"({"service_name":"hub","environment":"test","path":"/otlp/v1/traces"})");
    ASSERT_NE(made, nullptr) << problem;
    auto child = span("chat m");
    child.kind = model::SpanKind::client;
    child.parent.fill(0x02);
    child.state = "congo=t61";
    child.failed = true;
    child.problem = "too slow";
    const std::vector<model::Span> spans{span("POST /x"), child};
    EXPECT_TRUE(made->take(spans));
    ASSERT_EQ(host.http.requests.size(), 1U);
    const auto& request = host.http.requests[0];
    EXPECT_EQ(request.origin, "http://127.0.0.1:4318");
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.path, "/otlp/v1/traces");
    const std::vector<std::pair<std::string, std::string>> headers{
        {"content-type", "application/json"}, {"authorization", "Bearer collector-secret"}};
    EXPECT_EQ(request.headers, headers);
    const std::string attributes =
        R"("attributes":[{"key":"a.text","value":{"stringValue":"x\"y\n)"
        "\xEF\xBF\xBD"
        R"("}},{"key":"a.number","value":{"intValue":"-7"}},{"key":"a.truth","value":{"boolValue":true}}])";
    EXPECT_EQ(
        request.body,
        R"({"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"hub"}},)"
        R"({"key":"service.version","value":{"stringValue":"0.0.0"}},)"
        R"({"key":"deployment.environment.name","value":{"stringValue":"test"}}]},)"
        R"("scopeSpans":[{"scope":{"name":"aihub.gateway"},"spans":[)"
        R"({"traceId":"abababababababababababababababab","spanId":"0101010101010101","name":"POST /x","kind":2,)"
        R"("startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000001500000000",)" +
            attributes +
            R"(,"status":{}},{"traceId":"abababababababababababababababab","spanId":"0101010101010101",)"
            R"("parentSpanId":"0202020202020202","traceState":"congo=t61","name":"chat m","kind":3,)"
            R"("startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000001500000000",)" +
            attributes + R"(,"status":{"code":2,"message":"too slow"}}]}]}]})"
    );
}

TEST_F(TraceSinkAbi, OneRequestAtATimeAndAFlushWaitsForAll) {
    const auto made = sink();
    ASSERT_NE(made, nullptr) << problem;
    int flushed = 0;
    made->flush([&] { ++flushed; });
    EXPECT_EQ(flushed, 1) << "there was nothing";
    const std::vector<model::Span> spans{span("a"), span("b")};
    EXPECT_TRUE(made->take(spans));
    EXPECT_TRUE(made->take(spans));
    made->flush([&] { ++flushed; });
    EXPECT_EQ(host.http.requests.size(), 1U);
    answer(0, 200);
    ASSERT_EQ(host.http.requests.size(), 2U);
    EXPECT_EQ(flushed, 1);
    answer(1, 202);
    EXPECT_EQ(flushed, 2);
    EXPECT_THAT(metrics(), HasSubstr("aihub_plugin_aihub_trace_otlp_spans_exported_total 4\n"));
}

TEST_F(TraceSinkAbi, FailuresThatMayPassAreTriedAgainWithGrowingPauses) {
    const auto made = sink(R"({"retry_ms":100,"retries_max":3})");
    ASSERT_NE(made, nullptr) << problem;
    const std::vector<model::Span> spans{span("a")};
    EXPECT_TRUE(made->take(spans));
    std::vector<std::chrono::nanoseconds> pauses;
    const auto pause = [&] {
        pauses.push_back(host.loop.timers.begin()->second.first);
        host.loop.fire_timers();
    };
    answer(0, 503);
    pause();
    answer(1, 0);  // no connection
    pause();
    answer(2, 429, {{"Retry-After", "7"}});
    pause();
    using namespace std::chrono_literals;
    EXPECT_EQ(pauses, (std::vector<std::chrono::nanoseconds>{100ms, 200ms, 7s}));
    ASSERT_EQ(host.http.requests.size(), 4U);
    EXPECT_EQ(host.http.requests[3].body, host.http.requests[0].body);
    answer(3, 503);  // the last try
    EXPECT_TRUE(host.loop.timers.empty());
    EXPECT_THAT(metrics(), HasSubstr("aihub_plugin_aihub_trace_otlp_spans_dropped_total 1\n"));
    EXPECT_THAT(metrics(), HasSubstr("aihub_plugin_aihub_trace_otlp_failures_total 4\n"));
    EXPECT_TRUE(made->take(spans));  // The next batch begins anew.
    EXPECT_EQ(host.http.requests.size(), 5U);
    answer(4, 400);  // and is refused for good
    EXPECT_THAT(metrics(), HasSubstr("aihub_plugin_aihub_trace_otlp_spans_dropped_total 2\n"));
}

TEST_F(TraceSinkAbi, OverItsLimitABatchIsNotTaken) {
    const auto made = sink(R"({"queue_bytes_max":65536})");
    ASSERT_NE(made, nullptr) << problem;
    const std::vector<model::Span> spans(64, span(std::string(200, 'n')));
    EXPECT_TRUE(made->take(spans));
    EXPECT_FALSE(made->take(spans)) << "two of them are over 64 KiB";
    EXPECT_THAT(metrics(), HasSubstr("aihub_plugin_aihub_trace_otlp_spans_dropped_total 64\n"));
    answer(0, 200);
    EXPECT_TRUE(made->take(spans)) << "there is room again";
    answer(1, 200);
}

TEST_F(TraceSinkAbi, WhatCannotBeASinkIsRefusedWithItsReason) {
    EXPECT_EQ(sink(R"({"path":"v1/traces"})"), nullptr);
    EXPECT_THAT(problem, HasSubstr("tracing: "));
    EXPECT_THAT(problem, HasSubstr("slash"));
    EXPECT_EQ(sink(R"({"retries_max":-1})"), nullptr);
    EXPECT_THAT(problem, HasSubstr("retries_max"));
    host.loader.load_file(testing::plugin_file("codec"));
    config::Provider block;
    block.plugin = "com.example.codec";
    EXPECT_THAT(host.loader.create_trace_sink(block).error().message, HasSubstr("takes no spans"));
    block.plugin = "aihub.trace.otlp";
    block.name = "p";
    EXPECT_THAT(host.loader.create_provider(block).error().message, HasSubstr("is no provider"));
    EXPECT_THAT(problem, Not(HasSubstr("collector-secret")));
}

}  // namespace
}  // namespace aihub::loader
