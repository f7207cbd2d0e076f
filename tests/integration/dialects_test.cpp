// Clients of one dialect and providers of another, through the server and the plugins that it ships.
#include "gateway_fixture.hpp"

namespace aihub::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view kAnswer =
    R"({"id":"msg_1","type":"message","role":"assistant","model":"large-1","content":[{"type":"text","text":"hello"}],)"
    R"("stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"cache_read_input_tokens":4,)"
    R"("cache_creation_input_tokens":5,"cache_creation":{"ephemeral_5m_input_tokens":3,"ephemeral_1h_input_tokens":2},)"
    R"("output_tokens":2}})";
constexpr std::string_view kOverloaded = R"({"type":"error","error":{"type":"overloaded_error","message":"busy"}})";

// One client dialect: a request for the model "safe", whole and as a stream, and where an answer's text stands.
struct Client {
    const char* name;
    const char* path;
    const char* stream_path;
    const char* body;
    const char* stream_body;
    const char* text;    // in a whole answer
    const char* finish;  // what only a stream that ended well holds
    const char* error;   // what one that broke off holds
};

constexpr Client kClients[] = {
    {"chat",
     "/v1/chat/completions",
     "/v1/chat/completions",
     R"({"model":"safe","messages":[{"role":"user","content":"hi"}]})",
     R"({"model":"safe","stream":true,"messages":[{"role":"user","content":"hi"}]})",
     R"("content":"hello")",
     "data: [DONE]",
     R"(data: {"error":{)"},
    {"responses",
     "/v1/responses",
     "/v1/responses",
     R"({"model":"safe","input":"hi"})",
     R"({"model":"safe","stream":true,"input":"hi"})",
     R"("text":"hello")",
     "event: response.completed",
     "event: error"},
    {"messages",
     "/v1/messages",
     "/v1/messages",
     R"({"model":"safe","max_tokens":9,"messages":[{"role":"user","content":"hi"}]})",
     R"({"model":"safe","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"hi"}]})",
     R"("text":"hello")",
     "event: message_stop",
     "event: error"},
    {"generate",
     "/v1beta/models/safe:generateContent",
     "/v1beta/models/safe:streamGenerateContent?alt=sse",
     R"({"contents":[{"parts":[{"text":"hi"}]}]})",
     R"({"contents":[{"parts":[{"text":"hi"}]}]})",
     R"("text":"hello")",
     R"("finishReason":"STOP")",
     R"(data: {"error":{)"},
};

// "up" speaks chat, "other" messages; "safe" is other first, then up.
class Dialects : public Gateway {
protected:
    void start_both(std::string_view more = {}, std::string_view settings = {}) {
        start_with(
            "listen: 127.0.0.1:0\nloops: 1\nstorage: { usage_flush_interval: 10ms }\n"
            "providers:\n  other: { plugin: aihub.provider.anthropic, base_url: \"http://127.0.0.1:" +
            std::to_string(other.port()) + "\", api_key: other-key, models: [large]" + std::string(settings) +
            " }\n  up: { plugin: aihub.provider.openai, base_url: \"http://127.0.0.1:" +
            std::to_string(upstream.port()) + "/v1\", api_key: " + std::string(kUpstreamKey) +
            ", models: [gpt-test], formats: [openai.chat] }\n"
            "models:\n  safe: { candidates: [other/large, up/gpt-test] }\n" +
            std::string(more)
        );
    }
    // Both answer "hello"; the first one in its own dialect, whole or as a stream.
    void serve(RawUpstream& provider, std::string_view whole, std::string stream) {
        provider.set_handler([whole, stream = std::move(stream)](const UpstreamRequest& request) {
            const bool streams = request.message.body.find("\"stream\":true") != std::string::npos;
            return streams ? Reply(stream) : Reply(http_reply(200, whole));
        });
    }
    static std::string events(const std::vector<std::pair<std::string, std::string>>& list, bool complete = true) {
        std::string all = stream_head();
        for (const auto& [name, data] : list) {
            all += chunk("event: " + name + "\ndata: " + data + "\n\n");
        }
        return all + (complete ? chunk("") : "");
    }
    static std::string message_events(bool complete) {
        std::vector<std::pair<std::string, std::string>> list{
            {"message_start",
             R"({"type":"message_start","message":{"id":"msg_1","model":"large-1","usage":{"input_tokens":3}}})"},
            {"content_block_start",
             R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})"},
            {"content_block_delta",
             R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hello"}})"},
        };
        if (complete) {
            list.emplace_back("content_block_stop", R"({"type":"content_block_stop","index":0})");
            list.emplace_back(
                "message_delta",
                R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}})"
            );
            list.emplace_back("message_stop", R"({"type":"message_stop"})");
        }
        return events(list);
    }
    RawUpstream other;
};

TEST_F(Dialects, EveryClientReachesEveryProvider) {
    start_both();
    serve(other, kAnswer, message_events(true));
    for (const auto& client : kClients) {
        SCOPED_TRACE(client.name);
        const auto whole = call(post(client.path, client.body));
        EXPECT_EQ(whole.status(), 200) << whole.body;
        EXPECT_THAT(whole.body, HasSubstr(client.text));
        EXPECT_EQ(whole.headers.get("x-aihub-provider"), "other");
        const auto stream = call(post(client.stream_path, client.stream_body));
        EXPECT_EQ(stream.status(), 200) << stream.body;
        EXPECT_TRUE(stream.complete);
        EXPECT_THAT(stream.body, HasSubstr("hello"));
        EXPECT_THAT(stream.body, HasSubstr(client.finish));
        EXPECT_EQ(other.last().message.target(), "/v1/messages");
        EXPECT_EQ(other.last().message.headers.get("x-api-key"), "other-key");
    }
    EXPECT_EQ(upstream.connections(), 0U);
    const auto row = usage_rows(1).front();
    EXPECT_EQ(row.at("input_tokens"), "12");  // cached ones, read and written, are input, too
    EXPECT_EQ(row.at("cache_read_tokens"), "4");
    EXPECT_EQ(row.at("cache_write_tokens"), "5");
    EXPECT_EQ(row.at("cache_write_1h_tokens"), "2");
    EXPECT_EQ(row.at("output_tokens"), "2");
}

TEST_F(Dialects, AProviderThatIsOverloadedIsLeftForOneOfAnotherDialect) {
    start_both();
    other.set_handler([](const UpstreamRequest& request) {
        const bool streams = request.message.body.find("\"stream\":true") != std::string::npos;
        // In a stream it says so with a status of 200, as its first event.
        return streams ? Reply(events({{"error", std::string(kOverloaded)}})) : Reply(http_reply(529, kOverloaded));
    });
    const auto answer = chat_answer("hello");
    serve(
        upstream,
        answer,
        stream_head() + event_chunk(stream_frame("hello")) + event_chunk(last_frame("")) + event_chunk("[DONE]") +
            chunk("")
    );
    for (const auto& client : kClients) {
        SCOPED_TRACE(client.name);
        const auto whole = call(post(client.path, client.body));
        EXPECT_EQ(whole.status(), 200) << whole.body;
        EXPECT_THAT(whole.body, HasSubstr(client.text));
        EXPECT_EQ(whole.headers.get("x-aihub-provider"), "up");
        const auto stream = call(post(client.stream_path, client.stream_body));
        EXPECT_EQ(stream.status(), 200) << stream.body;
        EXPECT_THAT(stream.body, HasSubstr("hello"));
        EXPECT_THAT(stream.body, HasSubstr(client.finish));
        EXPECT_EQ(stream.headers.get("x-aihub-provider"), "up");
        EXPECT_THAT(stream.body, Not(HasSubstr("busy")));
    }
}

// The first candidate reads 8192 tokens and no pictures, of the second nothing is known.
TEST_F(Dialects, ACandidateThatCannotServeARequestIsPassedOver) {
    start_both("  fit: { candidates: [up/gpt-4, other/large] }\n  none: { candidates: [up/gpt-4, up/gpt-4-0613] }\n");
    serve(other, kAnswer, message_events(true));
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer("short"))); });
    std::string text;
    while (text.size() < 100'000) {
        text += "many more words ";
    }
    const auto image = std::string(R"({"type":"image_url","image_url":{"url":"https://a/b.png"}})");
    const std::pair<std::string, std::string> long_ones[] = {
        {"/v1/chat/completions", R"({"model":"fit","messages":[{"role":"user","content":")" + text + R"("}]})"},
        {"/v1/messages", R"({"model":"fit","max_tokens":9,"messages":[{"role":"user","content":")" + text + R"("}]})"},
        {"/v1beta/models/fit:generateContent", R"({"contents":[{"parts":[{"text":")" + text + R"("}]}]})"},
        {"/v1/chat/completions", R"({"model":"fit","messages":[{"role":"user","content":[)" + image + "]}]}"},
        {"/v1/messages",
         R"({"model":"fit","max_tokens":9,"messages":[{"role":"user","content":[{"type":"image","source":)"
         R"({"type":"url","url":"https://a/b.png"}}]}]})"},
        {"/v1beta/models/fit:generateContent",
         R"({"contents":[{"parts":[{"inlineData":{"mimeType":"image/png","data":"iVBORw0KGgo="}}]}]})"},
    };
    for (const auto& [path, body] : long_ones) {
        SCOPED_TRACE(path);
        const auto reply = call(post(path, body));
        EXPECT_EQ(reply.status(), 200) << reply.body;
        EXPECT_EQ(reply.headers.get("x-aihub-provider"), "other");
        EXPECT_EQ(reply.headers.get("x-aihub-attempts"), "1");
    }
    EXPECT_EQ(upstream.connections(), 0U);
    EXPECT_EQ(metric(R"(aihub_passed_over_total{provider="up",reason="context_length"})"), 3);
    EXPECT_EQ(metric(R"(aihub_passed_over_total{provider="up",reason="input"})"), 3);
    EXPECT_EQ(call(post(kChat, chat_body("fit"))).headers.get("x-aihub-provider"), "up");
    // Nobody else is there: the provider has the last word.
    const auto only = call(post(kChat, R"({"model":"none","messages":[{"role":"user","content":")" + text + R"("}]})"));
    EXPECT_EQ(only.headers.get("x-aihub-provider"), "up");
}

// What the table says of the candidate's model, not its provider, decides what is written.
TEST_F(Dialects, ATranslatedRequestHasWhatTheModelTakes) {
    start_both("  thinker: up/o3\n  older: up/gpt-4o\n");
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer("hello"))); });
    const auto body = [](std::string_view model) {
        return R"({"model":")" + std::string(model) +
               R"(","max_tokens":900000,"temperature":0.5,"system":"Be brief.","messages":[{"role":"user","content":"hi"}]})";
    };
    const auto reply = call(post("/v1/messages", body("thinker")));
    EXPECT_EQ(reply.status(), 200) << reply.body;
    EXPECT_EQ(reply.headers.get("x-aihub-dropped"), "max_tokens,temperature");
    EXPECT_EQ(
        upstream.last().message.body,
        R"({"model":"o3","messages":[{"role":"developer","content":"Be brief."},{"role":"user","content":"hi"}],)"
        R"("max_completion_tokens":100000})"
    );
    EXPECT_EQ(call(post("/v1/messages", body("older"))).headers.get("x-aihub-dropped"), "max_tokens");
    EXPECT_THAT(upstream.last().message.body, HasSubstr(R"("max_tokens":16384,"temperature":0.5)"));
    const auto strict = call(post("/v1/messages", body("thinker"), "x-aihub-strict: true\r\n"));
    EXPECT_EQ(strict.status(), 400);
    EXPECT_EQ(upstream.connections(), 1U);
    // Bytes that are only passed on are the client's business.
    const auto same = R"({"model":"thinker","max_tokens":900000,"messages":[]})";
    static_cast<void>(call(post(kChat, same)));
    EXPECT_THAT(upstream.last().message.body, HasSubstr(R"("max_tokens":900000)"));
}

TEST_F(Dialects, AStreamThatBreaksOffNeverLooksComplete) {
    start_both();
    serve(other, kAnswer, message_events(false));
    for (const auto& client : kClients) {
        SCOPED_TRACE(client.name);
        const auto stream = call(post(client.stream_path, client.stream_body));
        EXPECT_EQ(stream.status(), 200);
        EXPECT_THAT(stream.body, HasSubstr("hello"));
        EXPECT_THAT(stream.body, Not(HasSubstr(client.finish)));
        EXPECT_THAT(stream.body, HasSubstr(client.error));
    }
    const auto array = call(post("/v1beta/models/safe:streamGenerateContent", kClients[3].body));
    EXPECT_THAT(array.body, StartsWith("[{\"candidates\""));
    EXPECT_THAT(array.body, HasSubstr(R"({"error":{)"));
    EXPECT_THAT(array.headers.get("content-type"), StartsWith("application/json"));
}

TEST_F(Dialects, WhatAStreamHoldsBeforeItCanBeWrittenHasALimit) {
    start_both("limits: { reply_bytes_max: 1MiB }\n");
    const std::string piece(8000, 'x');
    std::string all =
        stream_head() +
        chunk("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\"}}\n\n") +
        chunk(
            "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":"
            "{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{}}}\n\n"
        );
    const auto more = chunk(
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":"
        "{\"type\":\"input_json_delta\",\"partial_json\":\"" +
        piece + "\"}}\n\n"
    );
    other.set_handler([&](const UpstreamRequest&) { return Reply(all).flood(more, 2000); });
    // Calls of tools reach this client whole.
    const auto reply = call(post(kClients[3].stream_path, kClients[3].stream_body));
    EXPECT_THAT(reply.body, HasSubstr("limits.reply_bytes_max"));
    EXPECT_LT(reply.body.size(), 100'000U);
}

TEST_F(Dialects, ErrorsHaveTheShapeOfTheClient) {
    start_both();
    other.set_handler([](const UpstreamRequest&) {
        return Reply(
            http_reply(401, R"({"type":"error","error":{"type":"authentication_error","message":"sk-1 of org-2"}})")
        );
    });
    upstream.set_handler([](const UpstreamRequest&) {
        return Reply(http_reply(401, R"({"error":{"message":"sk-3"}})"));
    });
    const std::pair<const char*, const char*> expected[] = {
        {"chat", R"({"error":{"message":")"},
        {"responses", R"({"error":{"message":")"},
        {"messages", R"({"type":"error","error":{"type":"api_error","message":")"},
        {"generate", R"({"error":{"code":502,"message":")"},
    };
    for (std::size_t at = 0; at < std::size(kClients); ++at) {
        SCOPED_TRACE(expected[at].first);
        const auto reply = call(post(kClients[at].path, kClients[at].body));
        EXPECT_EQ(reply.status(), 502);  // never the client's 401
        EXPECT_THAT(reply.body, StartsWith(expected[at].second));
        EXPECT_THAT(reply.body, Not(HasSubstr("sk-")));
        EXPECT_THAT(reply.body, Not(HasSubstr("127.0.0.1")));
    }
}

TEST_F(Dialects, WhatIsLeftOutIsNamedOrRefused) {
    start_both();
    serve(other, kAnswer, message_events(true));
    const auto body = chat_body("safe", R"(,"seed":7,"logit_bias":{"1":2})");
    const auto reply = chat(body);
    EXPECT_EQ(reply.status(), 200);
    EXPECT_EQ(reply.headers.get("x-aihub-dropped"), "seed,logit_bias");
    EXPECT_EQ(chat(chat_body("safe")).headers.get("x-aihub-dropped"), "");
    serve(upstream, "{}", {});
    const auto strict = call(post(kChat, chat_body("other/large", R"(,"seed":7)"), "x-aihub-strict: true\r\n"));
    EXPECT_EQ(strict.status(), 400);
    EXPECT_EQ(error_field(strict, "param"), "seed");
    EXPECT_EQ(error_field(strict, "code"), "unsupported_parameter");
}

TEST_F(Dialects, WhatIsLeftOutHasTheNamesOfTheClient) {
    start_both();
    serve(other, kAnswer, message_events(true));
    const std::string generate = "/v1beta/models/safe:generateContent";
    const std::string contents = R"({"contents":[{"role":"user","parts":[{"text":"hi"}]}],)";
    const auto camel = call(post(generate, contents + R"("generationConfig":{"seed":7,"topK":4}})"));
    EXPECT_EQ(camel.status(), 200);
    EXPECT_EQ(camel.headers.get("x-aihub-dropped"), "generationConfig.seed");
    const auto snake = call(post(generate, contents + R"("generation_config":{"seed":7}})"));
    EXPECT_EQ(snake.headers.get("x-aihub-dropped"), "generation_config.seed");
    const auto strict = call(post(
        "/v1beta/models/other/large:generateContent",
        contents + R"("generationConfig":{"seed":7}})",
        "x-aihub-strict: true\r\n"
    ));
    EXPECT_EQ(strict.status(), 400);
    EXPECT_THAT(strict.body, HasSubstr(R"("field":"generationConfig.seed")"));
    const auto responses = call(post("/v1/responses", R"({"model":"safe","input":"hi","text":{"verbosity":"low"}})"));
    EXPECT_EQ(responses.headers.get("x-aihub-dropped"), "text.verbosity");
}

TEST_F(Dialects, AProviderMayBeStrictAndHideItsWords) {
    start_both("errors: { provider_text: false }\n", ", strict: true");
    EXPECT_EQ(chat(chat_body("other/large", R"(,"seed":7)")).status(), 400);
    other.set_handler([](const UpstreamRequest&) {
        return Reply(http_reply(
            400, R"({"type":"error","error":{"type":"invalid_request_error","message":"secret vendor words"}})"
        ));
    });
    for (const auto& client : kClients) {
        const auto reply = call(post(client.path, client.body));
        EXPECT_EQ(reply.status(), 400) << client.name;
        EXPECT_THAT(reply.body, HasSubstr("the provider refuses this request"));
        EXPECT_THAT(reply.body, Not(HasSubstr("vendor words")));
    }
}

TEST_F(Dialects, TokensAreCountedWithoutAProviderThatDoes) {
    start_both();
    const auto counted = call(post(
        "/v1/messages/count_tokens", R"({"model":"up/gpt-test","messages":[{"role":"user","content":"one two three"}]})"
    ));
    EXPECT_EQ(counted.status(), 200);
    EXPECT_EQ(counted.headers.get("x-aihub-estimate"), "true");
    EXPECT_GT(parse(counted.body).at("input_tokens").to_number<int>(), 5);
    const auto other_way =
        call(post("/v1beta/models/up%2Fgpt-test:countTokens", R"({"contents":[{"parts":[{"text":"one two three"}]}]})")
        );
    EXPECT_GT(parse(other_way.body).at("totalTokens").to_number<int>(), 5);
    other.enqueue(Reply(http_reply(200, R"({"input_tokens":77})")));
    const auto asked =
        call(post("/v1/messages/count_tokens", R"({"model":"other/large","messages":[{"role":"user","content":"x"}]})")
        );
    EXPECT_EQ(asked.body, R"({"input_tokens":77})");
    EXPECT_EQ(asked.headers.get("x-aihub-estimate"), "");
}

TEST_F(Dialects, TheSameDialectIsPassedOnByteForByte) {
    start_both();
    other.enqueue(Reply(http_reply(200, kAnswer)));
    const auto reply = call(post(
        "/v1/messages",
        R"({"unknown":[1.0,{"a":"\ud83d\ude00"}],"model":"safe","max_tokens":9,"messages":[{"role":"user","content":"hi"}]})",
        "anthropic-beta: new-thing-1\r\nanthropic-version: 2024-10-22\r\n"
    ));
    EXPECT_EQ(reply.body, kAnswer);
    EXPECT_EQ(
        other.last().message.body,
        R"({"unknown":[1.0,{"a":"\ud83d\ude00"}],"model":"large","max_tokens":9,"messages":[{"role":"user","content":"hi"}]})"
    );
    EXPECT_EQ(other.last().message.headers.get("anthropic-beta"), "new-thing-1");
    EXPECT_EQ(other.last().message.headers.get("anthropic-version"), "2024-10-22");
    EXPECT_EQ(reply.headers.get("request-id"), reply.headers.get("x-request-id"));
}

}  // namespace
}  // namespace aihub::testing
