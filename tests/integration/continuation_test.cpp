// Streams that break off and go on at another provider, through the server and the plugins that it ships.
#include "gateway_fixture.hpp"

namespace aihub::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// One client dialect, a stream for the model "long", and what only a stream that ended well holds.
struct Client {
    const char* name;
    const char* path;
    const char* body;
    const char* finish;
    const char* error;
};

constexpr Client kClients[] = {
    {"chat",
     "/v1/chat/completions",
     R"({"model":"long","stream":true,"messages":[{"role":"user","content":"hi"}]})",
     "data: [DONE]",
     R"(data: {"error":{)"},
    {"responses",
     "/v1/responses",
     R"({"model":"long","stream":true,"input":"hi"})",
     "event: response.completed",
     "event: error"},
    {"messages",
     "/v1/messages",
     R"({"model":"long","max_tokens":99,"stream":true,"messages":[{"role":"user","content":"hi"}]})",
     "event: message_stop",
     "event: error"},
    {"generate",
     "/v1beta/models/long:streamGenerateContent?alt=sse",
     R"({"contents":[{"parts":[{"text":"hi"}]}]})",
     R"("finishReason":"STOP")",
     R"(data: {"error":{)"},
};

std::string event(std::string_view name, std::string_view data) {
    return chunk("event: " + std::string(name) + "\ndata: " + std::string(data) + "\n\n");
}

// The pieces of an Anthropic stream.
std::string message_begin() {
    return stream_head() +
           event(
               "message_start",
               R"({"type":"message_start","message":{"id":"msg_1","model":"large-1","usage":{"input_tokens":30}}})"
           );
}
// A block that is not closed; `kind` is text or thinking.
std::string message_block(const std::string& kind, std::string_view text) {
    return event(
               "content_block_start",
               R"({"type":"content_block_start","index":0,"content_block":{"type":")" + kind + "\",\"" + kind +
                   R"(":""}})"
           ) +
           event(
               "content_block_delta",
               R"({"type":"content_block_delta","index":0,"delta":{"type":")" + kind + "_delta\",\"" + kind + "\":\"" +
                   std::string(text) + "\"}}"
           );
}
std::string message_text(std::string_view text) {
    return message_block("text", text);
}

// "other" speaks messages, "up" chat; "long" is other first, then up, and goes on. "short" is the same and does not.
class Continuation : public Gateway {
protected:
    void start_both(std::string_view more = {}, std::string_view large = "large", std::string_view small = "small") {
        start_with(
            "listen: 127.0.0.1:0\nloops: 1\nstorage: { usage_flush_interval: 10ms }\n"
            "providers:\n  other: { plugin: aihub.provider.anthropic, base_url: \"http://127.0.0.1:" +
            std::to_string(other.port()) + "\", api_key: other-key, models: [" + std::string(large) +
            "] }\n  up: { plugin: aihub.provider.openai, base_url: \"http://127.0.0.1:" +
            std::to_string(upstream.port()) + "/v1\", api_key: " + std::string(kUpstreamKey) + ", models: [" +
            std::string(small) +
            "], formats: [openai.chat] }\n"
            "models:\n"
            "  long: { candidates: [other/" +
            std::string(large) + ", up/" + std::string(small) +
            "], continue_streams: true }\n"
            "  back: { candidates: [up/" +
            std::string(small) + ", other/" + std::string(large) +
            "], continue_streams: true }\n"
            "  short: { candidates: [other/" +
            std::string(large) + ", up/" + std::string(small) + "] }\n" + std::string(more)
        );
    }
    // What `other` has sent when its connection ends.
    void cut_after(std::string bytes) {
        other.set_handler([bytes = std::move(bytes)](const UpstreamRequest&) { return Reply(bytes).close(); });
    }
    void chat_goes_on(std::string_view text) {
        const std::string bytes = stream_head() + event_chunk(stream_frame(text)) + event_chunk(last_frame("")) +
                                  event_chunk(usage_frame(40, 5)) + event_chunk("[DONE]") + chunk("");
        upstream.set_handler([bytes](const UpstreamRequest&) { return Reply(bytes); });
    }
    RawUpstream other;
};

// All that a stream says, in order.
std::string text_of(const Client& client, const std::string& body) {
    std::string text;
    for (std::size_t at = 0; (at = body.find("data: {", at)) != std::string::npos;) {
        at += 6;
        const auto value = parse(body.substr(at, body.find('\n', at) - at));
        const std::string_view name(client.name);
        const char* path = name == "chat"        ? "/choices/0/delta/content"
                           : name == "responses" ? "/delta"
                           : name == "messages"  ? "/delta/text"
                                                 : "/candidates/0/content/parts/0/text";
        boost::system::error_code absent;
        if (const auto* found = value.find_pointer(path, absent); found != nullptr && found->is_string()) {
            text += found->get_string();
        }
    }
    return text;
}

TEST_F(Continuation, AnyClientGetsOneWholeAnswer) {
    start_both();
    cut_after(message_begin() + message_text("hello "));
    chat_goes_on("world");
    for (const auto& client : kClients) {
        SCOPED_TRACE(client.name);
        const auto stream = call(post(client.path, client.body));
        EXPECT_EQ(stream.status(), 200) << stream.body;
        EXPECT_TRUE(stream.complete);
        EXPECT_EQ(text_of(client, stream.body), "hello world");
        EXPECT_THAT(stream.body, AllOf(HasSubstr(client.finish), Not(HasSubstr(client.error))));
        const bool marked = stream.body.find("\n: continued by up/small\n\n") != std::string::npos;
        const bool named = stream.body.find(R"("modelVersion":"gpt-test-0613")") != std::string::npos;
        EXPECT_TRUE(std::string_view(client.name) == "generate" ? named && !marked : marked) << stream.body;
        const auto asked = parse(upstream.last().message.body);
        const auto& messages = asked.at("messages").as_array();
        ASSERT_EQ(messages.size(), 3U) << upstream.last().message.body;
        EXPECT_EQ(messages[1].at("role").as_string(), "assistant");
        EXPECT_EQ(messages[1].at("content").as_string(), "hello ");
        EXPECT_EQ(messages[2].at("role").as_string(), "user");
        EXPECT_THAT(std::string(messages[2].at("content").as_string()), HasSubstr("cut off"));
    }
    EXPECT_EQ(metric("aihub_continued_streams_total{result=\"continued\"}"), 4);
}

TEST_F(Continuation, AnArrayIsStillOneArray) {
    start_both();
    cut_after(message_begin() + message_text("hello "));
    chat_goes_on("world");
    const auto array = call(post("/v1beta/models/long:streamGenerateContent", kClients[3].body));
    EXPECT_TRUE(array.complete);
    std::string text;
    const auto pieces = parse(array.body);
    for (const auto& piece : pieces.as_array()) {
        if (const auto* parts = piece.at("candidates").at(0).at("content").as_object().if_contains("parts")) {
            text += parts->at(0).at("text").as_string();
        }
    }
    EXPECT_EQ(text, "hello world");
}

TEST_F(Continuation, EachProviderIsChargedForWhatItUsed) {
    start_both();
    cut_after(message_begin() + message_text("hello "));
    chat_goes_on("world");
    const auto stream = chat(
        R"({"model":"long","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hi"}]})"
    );
    EXPECT_THAT(stream.body, HasSubstr(R"("prompt_tokens":70)"));  // of both
    std::map<std::string, Row> rows;
    for (const auto& row : usage_rows(2)) {
        rows[row.at("provider")] = row;
    }
    EXPECT_THAT(rows["other"].at("request_id"), ::testing::EndsWith("-cut"));
    EXPECT_EQ(rows["other"].at("input_tokens"), "30");
    EXPECT_EQ(rows["other"].at("outcome"), "upstream_error");
    EXPECT_EQ(rows["up"].at("input_tokens"), "40");
    EXPECT_EQ(rows["up"].at("output_tokens"), "5");
    EXPECT_EQ(rows["up"].at("attempts"), "2");
    EXPECT_EQ(rows["up"].at("outcome"), "completed");
    EXPECT_EQ(rows["other"].at("request_id"), rows["up"].at("request_id") + "-cut");
}

TEST_F(Continuation, AModelThatTakesAPrefillGetsOne) {
    start_both({}, "claude-sonnet-4-5", "small");
    upstream.set_handler([](const UpstreamRequest&) {
        return Reply(stream_head() + event_chunk(stream_frame("hello"))).close();
    });
    const auto end = event("content_block_stop", R"({"type":"content_block_stop","index":0})") +
                     event(
                         "message_delta",
                         R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}})"
                     ) +
                     event("message_stop", R"({"type":"message_stop"})") + chunk("");
    const auto bytes = message_begin() + message_text(" world") + end;
    other.set_handler([bytes](const UpstreamRequest&) { return Reply(bytes); });
    const auto stream = call(post(
        "/v1/messages", R"({"model":"back","max_tokens":99,"stream":true,"messages":[{"role":"user","content":"hi"}]})"
    ));
    EXPECT_EQ(text_of(kClients[2], stream.body), "hello world");
    const auto asked = parse(other.last().message.body);
    const auto& messages = asked.at("messages").as_array();
    ASSERT_EQ(messages.size(), 2U) << other.last().message.body;
    EXPECT_EQ(messages[1].at("role").as_string(), "assistant");
    EXPECT_LT(asked.at("max_tokens").to_number<int>(), 99);
    EXPECT_GT(asked.at("max_tokens").to_number<int>(), 90);
}

TEST_F(Continuation, ThoughtsOfTwoProvidersAreNeverOneBlock) {
    start_both();
    cut_after(message_begin() + message_block("thinking", "I wonder"));
    upstream.set_handler([](const UpstreamRequest&) {
        return Reply(
            stream_head() +
            event_chunk(
                R"({"id":"c","choices":[{"index":0,"delta":{"reasoning_content":"well"},"finish_reason":null}]})"
            ) +
            event_chunk(stream_frame("yes")) + event_chunk(last_frame("")) + event_chunk("[DONE]") + chunk("")
        );
    });
    const auto stream = call(post(kClients[2].path, kClients[2].body));
    EXPECT_THAT(stream.body, HasSubstr(kClients[2].finish));
    EXPECT_THAT(
        stream.body,
        HasSubstr(
            R"({"type":"content_block_start","index":1,"content_block":{"type":"thinking","thinking":"","signature":""}})"
        )
    );
    EXPECT_EQ(text_of(kClients[2], stream.body), "yes");
    // Nothing was said yet: it is asked as if it were the first.
    EXPECT_EQ(parse(upstream.last().message.body).at("messages").as_array().size(), 1U);
}

TEST_F(Continuation, OnlyWhereTheRouteWantsIt) {
    start_both();
    cut_after(message_begin() + message_text("hello "));
    chat_goes_on("world");
    const auto stream = chat(R"({"model":"short","stream":true,"messages":[{"role":"user","content":"hi"}]})");
    EXPECT_TRUE(has_error_event(stream.body));
    EXPECT_EQ(upstream.connections(), 0U);
}

TEST_F(Continuation, ACallOfAToolCannotBeHandedOver) {
    start_both();
    cut_after(
        message_begin() +
        event(
            "content_block_start",
            R"({"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}})"
        ) +
        event(
            "content_block_delta",
            R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"a\""}})"
        )
    );
    const auto stream = chat(kClients[0].body);
    EXPECT_TRUE(has_error_event(stream.body));
    EXPECT_EQ(upstream.connections(), 0U);
}

TEST_F(Continuation, ALongTextCannotBeHandedOver) {
    start_both("limits: { continuation_bytes_max: 5B }\n");
    chat_goes_on("world");
    cut_after(message_begin() + message_text("hello"));
    EXPECT_THAT(chat(kClients[0].body).body, HasSubstr("continued by"));
    cut_after(message_begin() + message_text("hello!"));
    EXPECT_TRUE(has_error_event(chat(kClients[0].body).body));
}

TEST_F(Continuation, WhenNobodyGoesOnTheStreamEndsWithTheFirstError) {
    start_both();
    cut_after(message_begin() + message_text("hello "));
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(500, R"({"error":{}})")); });
    for (const auto& client : kClients) {
        SCOPED_TRACE(client.name);
        const auto stream = call(post(client.path, client.body));
        EXPECT_EQ(text_of(client, stream.body), "hello ");
        EXPECT_THAT(stream.body, AllOf(HasSubstr(client.error), Not(HasSubstr(client.finish))));
        EXPECT_THAT(stream.body, Not(HasSubstr("continued by")));
    }
    EXPECT_EQ(metric("aihub_continued_streams_total{result=\"failed\"}"), 4);
    const auto rows = usage_rows(4);
    EXPECT_EQ(rows.size(), 4U);
    EXPECT_EQ(rows.front().at("provider"), "other");
    EXPECT_EQ(rows.front().at("input_tokens"), "30");
}

TEST_F(Continuation, AProviderThatBreaksOffTwiceIsFollowedByAThird) {
    start_both("  three: { candidates: [other/large, up/small, other/huge], continue_streams: true }\n");
    std::atomic<int> asked = 0;
    const auto end = event("content_block_stop", R"({"type":"content_block_stop","index":0})") +
                     event(
                         "message_delta",
                         R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}})"
                     ) +
                     event("message_stop", R"({"type":"message_stop"})") + chunk("");
    other.set_handler([&, end](const UpstreamRequest&) {
        return ++asked == 1 ? Reply(message_begin() + message_text("one ")).close()
                            : Reply(message_begin() + message_text("three") + end);
    });
    upstream.set_handler([](const UpstreamRequest&) {
        return Reply(stream_head() + event_chunk(stream_frame("two "))).close();
    });
    const auto stream = chat(R"({"model":"three","stream":true,"messages":[{"role":"user","content":"hi"}]})");
    EXPECT_EQ(text_of(kClients[0], stream.body), "one two three");
    EXPECT_TRUE(has_done(stream.body));
    EXPECT_EQ(usage_rows(3).size(), 3U);
}

TEST_F(Continuation, WhoHasBegunACallHasNobodyInItsPlace) {
    start_both("  three: { candidates: [other/large, up/small, other/huge], continue_streams: true }\n");
    cut_after(message_begin() + message_text("one "));
    // The call is not written to this client before it is whole.
    upstream.set_handler([](const UpstreamRequest&) {
        return Reply(
                   stream_head() +
                   event_chunk(
                       R"({"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"t","type":"function",)"
                       R"("function":{"name":"f","arguments":"{\"a"}}]},"finish_reason":null}]})"
                   )
        )
            .close();
    });
    const auto stream = call(post("/v1beta/models/three:streamGenerateContent?alt=sse", kClients[3].body));
    EXPECT_THAT(stream.body, AllOf(HasSubstr(kClients[3].error), Not(HasSubstr("functionCall"))));
    EXPECT_EQ(other.requests().size(), 1U);
}

TEST_F(Continuation, ChoicesAndDocumentsAreNotContinued) {
    start_both();
    cut_after(message_begin() + message_text("one "));
    chat_goes_on("two");
    for (const auto* more : {R"("response_format":{"type":"json_object"})", R"("n":2)"}) {
        SCOPED_TRACE(more);
        const auto stream = chat(
            R"({"model":"long","stream":true,"messages":[{"role":"user","content":"hi"}],)" + std::string(more) + "}"
        );
        EXPECT_TRUE(has_error_event(stream.body)) << stream.body;
    }
    EXPECT_EQ(upstream.connections(), 0U);
}

TEST_F(Continuation, TheRetriesOfTheRouteBindIt) {
    start_both(
        "  once: { candidates: [other/large, up/small], continue_streams: true, retries: { attempts_max: 1 } }\n"
        "  rates: { candidates: [other/large, up/small], continue_streams: true, retries: { fallback_on: [rate_limit] "
        "} }\n"
    );
    cut_after(message_begin() + message_text("one "));
    chat_goes_on("two");
    for (const auto* model : {"once", "rates"}) {
        const auto stream = chat(
            R"({"model":")" + std::string(model) + R"(","stream":true,"messages":[{"role":"user","content":"hi"}]})"
        );
        EXPECT_TRUE(has_error_event(stream.body)) << model;
    }
    EXPECT_EQ(upstream.connections(), 0U);
}

TEST_F(Continuation, OneThatBreaksOffBeforeItsFirstEventIsLeftToo) {
    start_both();
    cut_after(stream_head());
    chat_goes_on("all");
    const auto stream = chat(kClients[0].body);
    EXPECT_EQ(text_of(kClients[0], stream.body), "all");
    EXPECT_EQ(stream.headers.get("x-aihub-provider"), "up");
}

TEST_F(Continuation, TheTotalIsThatOfWhoeverHasMost) {
    start_with(
        "listen: 127.0.0.1:0\nloops: 1\nproviders:\n  other: { plugin: aihub.provider.anthropic, base_url: "
        "\"http://127.0.0.1:" +
        std::to_string(other.port()) +
        "\", api_key: other-key, models: [large], timeouts: { total: 1s } }\n  up: { plugin: aihub.provider.openai, "
        "base_url: \"http://127.0.0.1:" +
        std::to_string(upstream.port()) + "/v1\", api_key: " + std::string(kUpstreamKey) +
        ", models: [small], formats: [openai.chat] }\n"
        "models:\n  long: { candidates: [other/large, up/small], continue_streams: true }\n"
    );
    other.set_handler([](const UpstreamRequest&) { return Reply(message_begin() + message_text("one ")).hold(); });
    chat_goes_on("two");
    EXPECT_EQ(text_of(kClients[0], chat(kClients[0].body).body), "one two");
}

TEST_F(Continuation, WhatCannotBeTranslatedIsPassedOn) {
    start_with(
        "listen: 127.0.0.1:0\nloops: 1\nproviders:\n  up: { plugin: aihub.provider.openai, base_url: "
        "\"http://127.0.0.1:" +
        std::to_string(upstream.port()) + "/v1\", api_key: " + std::string(kUpstreamKey) +
        ", models: [a, b] }\nmodels:\n  long: { candidates: [up/a, up/b], continue_streams: true }\n"
    );
    const std::string bytes = stream_head() +
                              event("response.completed", R"({"type":"response.completed","response":{"id":"r"}})") +
                              chunk("");
    upstream.set_handler([bytes](const UpstreamRequest&) { return Reply(bytes); });
    const auto stream =
        call(post("/v1/responses", R"({"model":"long","stream":true,"input":"hi","previous_response_id":"resp_1"})"));
    EXPECT_EQ(stream.status(), 200) << stream.body;
    EXPECT_THAT(upstream.last().message.body, HasSubstr(R"("previous_response_id":"resp_1")"));
}

TEST_F(Continuation, AClientThatLeavesEndsIt) {
    start_both();
    const auto go_on = make_signal();
    other.set_handler([&](const UpstreamRequest&) { return Reply(message_begin() + message_text("hello ")).close(); });
    upstream.set_handler([](const UpstreamRequest&) { return Reply().hold(); });
    {
        auto client = connect();
        client.send(post(kChat, kClients[0].body));
        EXPECT_TRUE(upstream.wait_for_requests(1));
    }
    EXPECT_NE(upstream.wait_for_close(0), PeerEnd::none);
    EXPECT_EQ(usage_rows(1).front().at("outcome"), "client_closed");
}

}  // namespace
}  // namespace aihub::testing
