// Distributed traces: what the provider is told, and what a collector of OTLP gets.
#include "gateway_fixture.hpp"

#include <set>

namespace aihub::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;

const std::string kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string kSpan = "00f067aa0ba902b7";
const std::string kParent = "00-" + kTrace + "-" + kSpan + "-01";

std::string parent_line(const std::string& value) {
    return "traceparent: " + value + "\r\n";
}

class Propagation : public Gateway {
protected:
    void SetUp() override {
        upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer())); });
    }
    // What the provider was told of a call with these fields.
    [[nodiscard]] Headers told(std::string_view fields) {
        EXPECT_EQ(call(post(kChat, chat_body(), fields)).status(), 200);
        return upstream.last().message.headers;
    }
};

TEST_F(Propagation, WithoutASinkTheClientsTraceIsPassedOnAsItIs) {
    start("response_headers: { trace: true }\n");
    const auto headers = told(parent_line(kParent) + "tracestate: a=1\r\nTraceState: b=2\r\n");
    EXPECT_EQ(headers.get("traceparent"), kParent);
    EXPECT_EQ(headers.get("tracestate"), "a=1,b=2");
    EXPECT_EQ(headers.count("tracestate"), 1U);
    const auto reply = call(post(kChat, chat_body(), parent_line(kParent)));
    EXPECT_EQ(reply.headers.get("traceresponse"), kParent);
    EXPECT_TRUE(server->child().wait_for_line(ChildProcess::Output::err, "trace_id=" + kTrace)) << server->output();
}

TEST_F(Propagation, WhatIsMalformedIsLeftOut) {
    start();
    EXPECT_EQ(told(parent_line("00-" + kTrace + "-0000000000000000-01")).count("traceparent"), 0U);
    EXPECT_EQ(told(parent_line(kParent) + parent_line(kParent)).count("traceparent"), 0U) << "which of the two?";
    const auto headers = told(parent_line(kParent) + "tracestate: A=b\r\n");
    EXPECT_EQ(headers.get("traceparent"), kParent);
    EXPECT_EQ(headers.count("tracestate"), 0U);
    EXPECT_EQ(told("tracestate: a=1\r\n").count("tracestate"), 0U) << "it means nothing without a trace";
    EXPECT_EQ(told("").count("traceparent"), 0U) << "nobody sees the trace that would begin here";
}

TEST_F(Propagation, CanBeSwitchedOff) {
    start("tracing: { propagate: false }\n");
    EXPECT_EQ(told(parent_line(kParent)).count("traceparent"), 0U);
}

// A collector beside the provider; both are scripted.
class Spans : public Gateway {
protected:
    void start_traced(std::string_view tracing = {}, std::string_view more = {}) {
        start(
            "tracing:\n  plugin: aihub.trace.otlp\n  base_url: http://127.0.0.1:" + std::to_string(collector.port()) +
            "/\n  api_key: collector-key\n" +
            (tracing.empty() ? std::string("  settings: { service_name: test-hub }\n") : std::string(tracing)) +
            std::string(more)
        );
    }
    void take_all() {
        collector.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, "{}")); });
    }
    // All spans that came, once there are `count`.
    [[nodiscard]] std::vector<boost::json::object> spans(std::size_t count) {
        std::vector<boost::json::object> found;
        EXPECT_TRUE(eventually([&] {
            found.clear();
            for (const auto& request : collector.requests()) {
                const auto body = parse(request.message.body);
                const auto& resource = body.at("resourceSpans").at(0);
                for (const auto& span : resource.at("scopeSpans").at(0).at("spans").as_array()) {
                    found.push_back(span.as_object());
                }
            }
            return found.size() >= count;
        })) << found.size()
            << " spans";
        found.resize(std::max(found.size(), count));
        return found;
    }
    // An attribute's value as text; "" when there is none.
    static std::string attribute(const boost::json::object& span, std::string_view key) {
        for (const auto& one : span.at("attributes").as_array()) {
            if (one.at("key").as_string() == key) {
                const auto& value = one.at("value").as_object();
                return value.contains("stringValue") ? std::string(value.at("stringValue").as_string())
                       : value.contains("intValue")  ? std::string(value.at("intValue").as_string())
                                                     : (value.at("boolValue").as_bool() ? "true" : "false");
            }
        }
        return {};
    }
    static std::string text(const boost::json::object& span, std::string_view key) {
        return span.contains(key) ? std::string(span.at(key).as_string()) : std::string();
    }

    RawUpstream collector;
};

TEST_F(Spans, ACallIsASpanWithItsAttemptsAsChildren) {
    take_all();
    RawUpstream busy;
    busy.set_handler([](const UpstreamRequest&) {
        return Reply(http_reply(429, R"({"error":{"message":"slow down","type":"rate_limit_error"}})"));
    });
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer("secret answer"))); });
    const std::string second =
        "listen: 127.0.0.1:0\nproviders:\n  first: { plugin: aihub.provider.openai, base_url: \"http://127.0.0.1:" +
        std::to_string(busy.port()) + "/v1\", api_key: k1, models: [m] }\n  second: { plugin: aihub.provider.openai, " +
        "base_url: \"http://127.0.0.1:" + std::to_string(upstream.port()) + "/v1\", api_key: k2, models: [m] }\n" +
        "tracing: { plugin: aihub.trace.otlp, base_url: \"http://127.0.0.1:" + std::to_string(collector.port()) +
        "\", api_key: collector-key, settings: { service_name: test-hub } }\nresponse_headers: { trace: true }\n";
    start_with(second);
    const auto reply = call(post(kChat, chat_body("m"), parent_line(kParent) + "tracestate: congo=t61\r\n"));
    ASSERT_EQ(reply.status(), 200) << reply.body;
    const auto all = spans(3);
    ASSERT_EQ(all.size(), 3U);
    const auto& root = all[0];
    EXPECT_EQ(text(root, "traceId"), kTrace);
    EXPECT_EQ(text(root, "parentSpanId"), kSpan);
    EXPECT_EQ(text(root, "name"), "POST chat_completions");
    EXPECT_EQ(attribute(root, "url.path"), "/v1/chat/completions");
    EXPECT_EQ(text(root, "traceState"), "congo=t61");
    EXPECT_EQ(root.at("kind").as_int64(), 2);
    EXPECT_EQ(attribute(root, "http.response.status_code"), "200");
    EXPECT_EQ(attribute(root, "gen_ai.operation.name"), "chat");
    EXPECT_EQ(attribute(root, "gen_ai.request.model"), "m");
    EXPECT_EQ(attribute(root, "gen_ai.provider.name"), "second");
    EXPECT_EQ(attribute(root, "gen_ai.usage.input_tokens"), "11");
    EXPECT_EQ(attribute(root, "gen_ai.usage.output_tokens"), "7");
    EXPECT_EQ(attribute(root, "aihub.attempts"), "2");
    EXPECT_EQ(attribute(root, "aihub.streamed"), "false");
    EXPECT_EQ(attribute(root, "aihub.request_id"), reply.headers.get("x-request-id"));
    EXPECT_EQ(reply.headers.get("traceresponse"), "00-" + kTrace + "-" + text(root, "spanId") + "-01");
    std::set<std::string> ids{text(root, "spanId")};
    for (const auto& [index, provider] : {std::pair(1, "first"), std::pair(2, "second")}) {
        const auto& attempt = all[static_cast<std::size_t>(index)];
        EXPECT_EQ(text(attempt, "traceId"), kTrace);
        EXPECT_EQ(text(attempt, "parentSpanId"), text(root, "spanId"));
        EXPECT_EQ(text(attempt, "name"), "chat m");
        EXPECT_EQ(attempt.at("kind").as_int64(), 3);
        EXPECT_EQ(attribute(attempt, "gen_ai.provider.name"), provider);
        EXPECT_THAT(text(attempt, "spanId"), MatchesRegex("[0-9a-f]+"));
        ids.insert(text(attempt, "spanId"));
        EXPECT_LE(std::stoull(text(root, "startTimeUnixNano")), std::stoull(text(attempt, "startTimeUnixNano")));
        EXPECT_LE(std::stoull(text(attempt, "startTimeUnixNano")), std::stoull(text(attempt, "endTimeUnixNano")));
        EXPECT_GE(std::stoull(text(root, "endTimeUnixNano")), std::stoull(text(attempt, "endTimeUnixNano")));
    }
    EXPECT_EQ(ids.size(), 3U);
    EXPECT_EQ(all[1].at("status").at("code").as_int64(), 2);
    EXPECT_EQ(attribute(all[1], "error.type"), "rate_limit");
    EXPECT_EQ(attribute(all[1], "http.response.status_code"), "429");
    EXPECT_THAT(all[2].at("status").as_object(), IsEmpty());
    // Each provider was told its own attempt as the parent.
    EXPECT_EQ(busy.last().message.headers.get("traceparent"), "00-" + kTrace + "-" + text(all[1], "spanId") + "-01");
    EXPECT_EQ(
        upstream.last().message.headers.get("traceparent"), "00-" + kTrace + "-" + text(all[2], "spanId") + "-01"
    );
    // And what the collector was sent as a whole.
    const auto request = collector.requests().front().message;
    EXPECT_EQ(request.target(), "/v1/traces");
    EXPECT_EQ(request.headers.get("content-type"), "application/json");
    EXPECT_EQ(request.headers.get("authorization"), "Bearer collector-key");
    EXPECT_THAT(request.body, HasSubstr(R"({"key":"service.name","value":{"stringValue":"test-hub"}})"));
    EXPECT_THAT(request.body, Not(HasSubstr("secret answer")));
    EXPECT_THAT(request.body, Not(HasSubstr("\"hi\""))) << "the prompt";
    EXPECT_THAT(request.body, Not(HasSubstr(key)));
}

TEST_F(Spans, ATraceBeginsHereWithoutOneFromTheClientAndRefusalsAreTold) {
    take_all();
    start_traced();
    ASSERT_EQ(call(http_request("POST", kChat, chat_body())).status(), 401);
    const auto span = spans(1).front();
    EXPECT_THAT(text(span, "traceId"), MatchesRegex("[0-9a-f]+"));
    EXPECT_EQ(text(span, "traceId").size(), 32U);
    EXPECT_EQ(text(span, "parentSpanId"), "");
    EXPECT_EQ(attribute(span, "error.type"), "refused");
    EXPECT_THAT(span.at("status").as_object(), IsEmpty()) << "the client's fault is not the server's";
}

TEST_F(Spans, SamplingFollowsTheClientElseTheRatio) {
    take_all();
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer())); });
    start_traced("  sample_ratio: 0\n");
    ASSERT_EQ(chat(chat_body()).status(), 200);
    EXPECT_EQ(upstream.last().message.headers.count("traceparent"), 0U);
    const auto unsampled = "00-" + kTrace + "-" + kSpan + "-00";
    ASSERT_EQ(call(post(kChat, chat_body(), parent_line(unsampled))).status(), 200);
    EXPECT_EQ(upstream.last().message.headers.get("traceparent"), unsampled);
    ASSERT_EQ(call(post(kChat, chat_body(), parent_line(kParent))).status(), 200);
    // Both spans of the last call, and nothing before them.
    const auto all = spans(2);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(text(all[0], "traceId"), kTrace);
    EXPECT_EQ(metric("aihub_trace_spans_total{result=\"taken\"}"), 2);
}

TEST_F(Spans, ACollectorInTroubleIsTriedAgainAndWhatItNeverTakesIsCounted) {
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer())); });
    collector.enqueue(Reply(http_reply(503, "later")));
    collector.enqueue(Reply(http_reply(200, "{}")));
    collector.enqueue(Reply(http_reply(400, "never")));
    start_traced("  settings: { retry_ms: 10, retries_max: 2 }\n");
    ASSERT_EQ(chat(chat_body()).status(), 200);
    ASSERT_TRUE(collector.wait_for_requests(2));
    const auto tries = collector.requests();
    EXPECT_EQ(tries[0].message.body, tries[1].message.body);
    EXPECT_TRUE(eventually([&] { return metric("aihub_plugin_aihub_trace_otlp_spans_exported_total") == 2; }));
    ASSERT_EQ(chat(chat_body()).status(), 200);
    EXPECT_TRUE(eventually([&] { return metric("aihub_plugin_aihub_trace_otlp_spans_dropped_total") == 2; }));
    EXPECT_EQ(collector.requests().size(), 3U) << "a 400 is not tried again";
    EXPECT_EQ(metric("aihub_plugin_aihub_trace_otlp_failures_total"), 2);
    EXPECT_TRUE(server->child().wait_for_line(ChildProcess::Output::err, "the collector does not take spans"));
    EXPECT_THAT(server->output(), Not(HasSubstr("collector-key")));
}

TEST_F(Spans, AStopDeliversWhatIsQueued) {
    take_all();
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer())); });
    start_traced();
    ASSERT_EQ(chat(chat_body()).status(), 200);
    server->terminate();
    ASSERT_EQ(server->wait_for_exit(), 0) << server->output();
    EXPECT_EQ(spans(2).size(), 2U);
}

TEST_F(Spans, ACollectorThatHangsDoesNotHoldTheStopUpForLong) {
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer())); });
    collector.set_handler([](const UpstreamRequest&) { return Reply().hold(); });
    start_traced();
    ASSERT_EQ(chat(chat_body()).status(), 200);
    ASSERT_TRUE(collector.wait_for_requests(1));
    server->terminate();
    EXPECT_EQ(server->wait_for_exit(), 0) << server->output();
}

TEST(TracingConfiguration, AWrongPluginOrSettingStopsTheStart) {
    for (const auto& [block, said] : std::vector<std::pair<std::string, std::string>>{
             {"tracing: { plugin: no.such.plugin }\n", "there is no plugin no.such.plugin"},
             {"tracing: { plugin: aihub.provider.simulator }\n", "takes no spans"},
             {"tracing: { plugin: aihub.trace.otlp, base_url: \"http://x\", settings: { path: nope } }\n", "slash"},
             {"tracing: { plugin: aihub.trace.otlp, base_url: \"http://x\", settings: { pth: /a } }\n", "pth"},
             {"tracing: { sample_ratio: 2 }\n", "0.25"},
         }) {
        const TempDir directory;
        write_file(directory.file("aihub.yaml"), "listen: 127.0.0.1:0\n" + block);
        const auto ended = run_program(
            {binary_path(), "serve", "--config", directory.file("aihub.yaml"), "--data", directory.file("var")},
            directory.path()
        );
        EXPECT_GT(ended.status, 0) << block;
        EXPECT_THAT(ended.err, HasSubstr("tracing")) << block;
        EXPECT_THAT(ended.err, HasSubstr(said)) << block;
    }
}

}  // namespace
}  // namespace aihub::testing
