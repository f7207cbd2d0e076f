// The formats that are passed on as they are: paths, bytes, usage, errors, who may see what is stored.
#include "gateway_fixture.hpp"

namespace aihub::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kResponse =
    R"({"id":"resp_1","object":"response","status":"completed","error":null,"model":"gpt-test-0613","output":[], )"
    R"("usage":{"input_tokens":11,"input_tokens_details":{"cached_tokens":3},"output_tokens":7,)"
    R"("output_tokens_details":{"reasoning_tokens":2},"total_tokens":18}})";

std::string named_event(std::string_view name, std::string_view data) {
    return chunk("event: " + std::string(name) + "\ndata: " + std::string(data) + "\n\n");
}

class Surfaces : public Gateway {
protected:
    void SetUp() override {
        std::string text = config();
        const std::string mark = "models: [gpt-test, embed-test]";
        text.replace(text.find(mark), mark.size(), mark + ", shared_objects: true");
        start_with(text);
    }
    void answer(std::string bytes) { upstream.enqueue(Reply(std::move(bytes))); }
};

TEST_F(Surfaces, ResponsesKeepEveryByteAndTellUsage) {
    answer(
        http_reply(200, kResponse, "application/json; charset=utf-8", "openai-processing-ms: 31\r\nSet-Cookie: a=b\r\n")
    );
    const auto reply = call(post("/v1/responses", R"({"model":"fast","input":"hi", "store": false})"));
    EXPECT_EQ(reply.status(), 200);
    EXPECT_EQ(reply.body, kResponse);
    EXPECT_EQ(reply.headers.get("content-type"), "application/json; charset=utf-8");
    EXPECT_EQ(reply.headers.get("openai-processing-ms"), "31");
    EXPECT_EQ(reply.headers.count("set-cookie"), 0U);
    const auto request = upstream.last().message;
    EXPECT_EQ(request.target(), "/v1/responses");
    EXPECT_EQ(request.body, R"({"model":"gpt-test","input":"hi", "store": false})");
    auto row = usage_rows(1)[0];
    EXPECT_EQ(row["operation"], "responses");
    EXPECT_EQ(row["input_tokens"], "11");
    EXPECT_EQ(row["output_tokens"], "7");
    EXPECT_EQ(row["cache_read_tokens"], "3");
}

TEST_F(Surfaces, AFailedResponseIsAnAnswer) {
    const std::string failed =
        R"({"id":"resp_1","object":"response","status":"failed","error":{"code":"server_error","message":"x"}})";
    answer(http_reply(200, failed));
    const auto reply = call(post("/v1/responses", R"({"model":"fast","input":"hi"})"));
    EXPECT_EQ(reply.status(), 200);
    EXPECT_EQ(reply.body, failed);
}

TEST_F(Surfaces, ResponsesStreamEndsWithItsOwnEventAndWithoutDone) {
    for (const std::string end : {"response.completed", "response.incomplete", "response.failed"}) {
        const std::string created = R"({"type":"response.created","sequence_number":0,"response":{"id":"resp_1"}})";
        const std::string last = R"({"type":")" + end + R"(","sequence_number":1,"response":)" + kResponse + "}";
        // The provider keeps the connection open: the event says that it is over.
        answer(stream_head() + named_event("response.created", created) + named_event(end, last));
        const auto reply = call(post("/v1/responses", R"({"model":"gpt-test","input":"hi","stream":true})"));
        EXPECT_EQ(reply.status(), 200);
        EXPECT_TRUE(reply.complete);
        EXPECT_EQ(
            reply.body, "event: response.created\ndata: " + created + "\n\nevent: " + end + "\ndata: " + last + "\n\n"
        );
    }
    auto row = usage_rows(3)[2];
    EXPECT_EQ(row["output_tokens"], "7");
    EXPECT_EQ(row["outcome"], "completed");
    EXPECT_EQ(row["streamed"], "1");
}

TEST_F(Surfaces, ACutResponsesStreamEndsWithAnErrorEventAndNeverLooksComplete) {
    upstream.enqueue(Reply(stream_head() + named_event("response.created", R"({"type":"response.created"})")).close());
    auto client = connect();
    ASSERT_TRUE(client.send(post("/v1/responses", R"({"model":"gpt-test","input":"hi","stream":true})")));
    ASSERT_TRUE(client.wait_for_close());
    const auto reply = client.reply();
    ASSERT_TRUE(reply);
    EXPECT_FALSE(reply->complete) << "the last chunk was sent";
    EXPECT_THAT(reply->body, HasSubstr("event: error\ndata: {\"type\":\"error\",\"error\":{\"message\":"));
    EXPECT_THAT(reply->body, HasSubstr("\"sequence_number\":1}"));
    EXPECT_THAT(reply->body, Not(HasSubstr("[DONE]")));
    EXPECT_EQ(usage_rows(1)[0]["outcome"], "upstream_error");
}

TEST_F(Surfaces, AnErrorInFrontOfAResponsesStreamIsAStatus) {
    answer(
        stream_head() +
        named_event(
            "error", R"({"type":"error","error":{"type":"invalid_request_error","code":"bad","message":"no"}})"
        ) +
        chunk("")
    );
    const auto reply = call(post("/v1/responses", R"({"model":"gpt-test","input":"hi","stream":true})"));
    EXPECT_GE(reply.status(), 400);
    EXPECT_EQ(reply.headers.get("content-type"), "application/json");
}

TEST_F(Surfaces, StoredResponsesTakeTheirQueryAlong) {
    answer(http_reply(200, kResponse));
    auto reply = get("/v1/responses/resp_1?include[]=x&provider=up&after=2");
    EXPECT_EQ(reply.status(), 200);
    EXPECT_EQ(reply.body, kResponse);
    EXPECT_EQ(upstream.last().message.method(), "GET");
    EXPECT_EQ(upstream.last().message.target(), "/v1/responses/resp_1?include[]=x&after=2");
    EXPECT_EQ(upstream.last().message.headers.count("content-length"), 0U);
    EXPECT_EQ(usage_rows(1)[0].count("output_tokens"), 0U) << "the call that made it has told them";
    answer(http_reply(200, R"({"id":"resp_1","object":"response","deleted":true})"));
    reply = call(http_request("DELETE", "/v1/responses/resp_1", {}, auth()));
    EXPECT_EQ(reply.status(), 200);
    EXPECT_EQ(upstream.last().message.method(), "DELETE");
    answer(http_reply(200, kResponse));
    EXPECT_EQ(call(post("/v1/responses/resp_1/cancel", "")).status(), 200);
    EXPECT_EQ(upstream.last().message.target(), "/v1/responses/resp_1/cancel");
    answer(http_reply(200, R"({"object":"list","data":[]})"));
    EXPECT_EQ(get("/v1/responses/resp_1/input_items?limit=5").status(), 200);
    EXPECT_EQ(upstream.last().message.target(), "/v1/responses/resp_1/input_items?limit=5");
}

TEST_F(Surfaces, CompletionsWholeAndStreamed) {
    const std::string whole =
        R"({"id":"cmpl-1","object":"text_completion","choices":[{"text":"hi","index":0,"finish_reason":"stop"}],)"
        R"("usage":{"prompt_tokens":5,"completion_tokens":1,"total_tokens":6}})";
    answer(http_reply(200, whole));
    const auto reply = call(post("/v1/completions", R"({"model":"fast","prompt":"x"})"));
    EXPECT_EQ(reply.body, whole);
    EXPECT_EQ(upstream.last().message.target(), "/v1/completions");

    const std::string one = R"({"object":"text_completion","choices":[{"text":"h","index":0,"finish_reason":null}]})";
    const std::string two = R"({"object":"text_completion","choices":[{"text":"i","index":0,"finish_reason":"stop"}]})";
    answer(stream_head() + event_chunk(one) + event_chunk(two) + event_chunk("[DONE]") + chunk(""));
    const auto streamed = call(post("/v1/completions", R"({"model":"fast","prompt":"x","stream":true})"));
    EXPECT_THAT(event_data(streamed.body), ::testing::ElementsAre(one, two, "[DONE]"));
    EXPECT_EQ(usage_rows(2)[0]["input_tokens"], "5");
}

TEST_F(Surfaces, ImagesTellTheirUsageWholeAndStreamed) {
    const std::string whole =
        R"({"created":1,"data":[{"b64_json":"AAAA"}],"usage":{"total_tokens":30,"input_tokens":10,"output_tokens":20}})";
    answer(http_reply(200, whole));
    EXPECT_EQ(call(post("/v1/images/generations", R"({"model":"fast","prompt":"x"})")).body, whole);
    const std::string part = R"({"type":"image_generation.partial_image","b64_json":"AA","partial_image_index":0})";
    const std::string last =
        R"({"type":"image_generation.completed","b64_json":"AAAA","usage":{"input_tokens":1,"output_tokens":2}})";
    answer(
        stream_head() + named_event("image_generation.partial_image", part) +
        named_event("image_generation.completed", last) + chunk("")
    );
    const auto reply = call(post("/v1/images/generations", R"({"prompt":"x","stream":true})"));
    EXPECT_TRUE(reply.complete);
    EXPECT_THAT(event_data(reply.body), ::testing::ElementsAre(part, last));
    EXPECT_EQ(upstream.last().message.body, R"({"prompt":"x","stream":true})") << "no model was named";
    const auto rows = usage_rows(2);
    EXPECT_EQ(rows[0].at("output_tokens"), "20");
    EXPECT_EQ(rows[1].at("output_tokens"), "2");
}

TEST_F(Surfaces, AnImageStreamWithoutItsEndIsCut) {
    answer(
        stream_head() + named_event("image_generation.partial_image", R"({"type":"image_generation.partial_image"})") +
        chunk("")
    );
    const auto reply = call(post("/v1/images/generations", R"({"prompt":"x","stream":true})"));
    EXPECT_FALSE(reply.complete);
    EXPECT_THAT(reply.body, HasSubstr("event: error\ndata: {\"type\":\"error\",\"error\":{"));
}

TEST_F(Surfaces, SpeechIsBytesWithTheirTypeAndLength) {
    std::string audio;
    for (int i = 0; i < 100000; ++i) {
        audio += static_cast<char>(i * 7);
    }
    const std::string request = post("/v1/audio/speech", R"({"model":"fast","voice":"v","input":"x"})");
    auto client = connect();
    answer(http_reply(200, audio, "audio/mpeg"));
    ASSERT_TRUE(client.send(request));
    const auto counted = client.reply();
    ASSERT_TRUE(counted);
    EXPECT_EQ(counted->status(), 200);
    EXPECT_EQ(counted->headers.get("content-type"), "audio/mpeg");
    EXPECT_EQ(counted->headers.get("content-length"), std::to_string(audio.size()));
    EXPECT_TRUE(counted->body == audio);
    answer(
        "HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(audio) + chunk("")
    );
    ASSERT_TRUE(client.send(request));
    const auto chunked = client.reply();
    ASSERT_TRUE(chunked);
    EXPECT_TRUE(chunked->complete);
    EXPECT_TRUE(chunked->body == audio);
    EXPECT_EQ(upstream.connections(), 1U) << "the upstream connection was not kept";
}

TEST_F(Surfaces, ASpeechThatIsCutIsCutForTheClientToo) {
    upstream.enqueue(Reply("HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nContent-Length: 10\r\n\r\nabc").close());
    auto client = connect();
    ASSERT_TRUE(client.send(post("/v1/audio/speech", R"({"model":"fast","voice":"v","input":"x"})")));
    ASSERT_TRUE(client.wait_for_close());
    EXPECT_THAT(client.received(), ::testing::EndsWith("\r\n\r\nabc")) << "something stands behind the audio";
}

TEST_F(Surfaces, SpeechAsEvents) {
    const std::string delta = R"({"type":"speech.audio.delta","audio":"AAAA"})";
    const std::string done = R"({"type":"speech.audio.done","usage":{"input_tokens":4,"output_tokens":9}})";
    answer(stream_head() + event_chunk(delta) + event_chunk(done) + chunk(""));
    const auto reply =
        call(post("/v1/audio/speech", R"({"model":"fast","voice":"v","input":"x","stream_format":"sse"})"));
    EXPECT_THAT(event_data(reply.body), ::testing::ElementsAre(delta, done));
    EXPECT_EQ(usage_rows(1)[0]["output_tokens"], "9");
}

TEST_F(Surfaces, ModerationsNeedNoModel) {
    const std::string verdict = R"({"id":"modr-1","model":"omni","results":[{"flagged":false}]})";
    answer(http_reply(200, verdict));
    EXPECT_EQ(call(post("/v1/moderations", R"({"input":"x"})")).body, verdict);
    EXPECT_EQ(upstream.last().message.body, R"({"input":"x"})");
}

TEST_F(Surfaces, RerankTellsItsTokens) {
    const std::string ranks =
        R"({"model":"r","results":[{"index":0,"relevance_score":0.5}],"usage":{"total_tokens":15}})";
    answer(http_reply(200, ranks));
    EXPECT_EQ(call(post("/v1/rerank", R"({"model":"fast","query":"q","documents":["a"]})")).body, ranks);
    EXPECT_EQ(upstream.last().message.target(), "/v1/rerank");
    EXPECT_EQ(usage_rows(1)[0]["input_tokens"], "15");
}

TEST_F(Surfaces, FilesAndBatches) {
    answer(http_reply(200, R"({"object":"list","data":[]})"));
    EXPECT_EQ(get("/v1/files?purpose=batch&limit=2").status(), 200);
    EXPECT_EQ(upstream.last().message.target(), "/v1/files?purpose=batch&limit=2");
    answer(http_reply(200, R"({"id":"file-1","object":"file"})"));
    EXPECT_EQ(get("/v1/files/file-1").status(), 200);
    answer(http_reply(200, R"({"id":"file-1","deleted":true})"));
    EXPECT_EQ(call(http_request("DELETE", "/v1/files/file-1", {}, auth())).status(), 200);
    answer(http_reply(200, "", "application/octet-stream", "Content-Disposition: attachment; filename=\"a\"\r\n"));
    const auto empty = get("/v1/files/file-1/content");
    EXPECT_EQ(empty.status(), 200);
    EXPECT_EQ(empty.body, "");
    EXPECT_EQ(empty.headers.get("content-length"), "0");
    EXPECT_EQ(empty.headers.get("content-disposition"), "attachment; filename=\"a\"");
    answer(http_reply(200, R"({"id":"batch_1","object":"batch","errors":null})"));
    EXPECT_EQ(
        call(post("/v1/batches", R"({"input_file_id":"file-1","endpoint":"/v1/chat/completions"})")).status(), 200
    );
    EXPECT_EQ(upstream.last().message.target(), "/v1/batches");
    answer(http_reply(200, R"({"object":"list","data":[]})"));
    EXPECT_EQ(get("/v1/batches?limit=1").status(), 200);
    answer(http_reply(200, R"({"id":"batch_1"})"));
    EXPECT_EQ(get("/v1/batches/batch_1").status(), 200);
    answer(http_reply(200, R"({"id":"batch_1"})"));
    EXPECT_EQ(call(post("/v1/batches/batch_1/cancel", "{}")).status(), 200);
    EXPECT_EQ(upstream.last().message.target(), "/v1/batches/batch_1/cancel");
}

TEST_F(Surfaces, WhatTheProviderRefusesKeepsItsWords) {
    answer(http_reply(404, R"({"error":{"message":"No such File object: file-9","type":"invalid_request_error"}})"));
    const auto reply = get("/v1/files/file-9");
    EXPECT_EQ(reply.status(), 404);
    EXPECT_EQ(error_field(reply, "message"), "No such File object: file-9");
    answer(http_reply(429, R"({"error":{"message":"slow"}})", "application/json", "Retry-After: 7\r\n"));
    const auto limited = call(post("/v1/moderations", R"({"input":"x"})"));
    EXPECT_EQ(limited.status(), 429);
    EXPECT_EQ(limited.headers.get("retry-after"), "7");
    answer(http_reply(200, "<html>", "text/html"));
    EXPECT_EQ(get("/v1/files/file-9").status(), 502);
}

TEST_F(Surfaces, OtherMethodsAreToldWhatThePathTakes) {
    const auto reply = call(http_request("PUT", "/v1/files/file-1", "{}", auth()));
    EXPECT_EQ(reply.status(), 405);
    EXPECT_EQ(reply.headers.get("allow"), "GET, DELETE");
}

TEST_F(Surfaces, AKeyIsNeededEverywhere) {
    for (const char* path : {"/v1/files", "/v1/batches", "/v1/responses/resp_1", "/v1/files/a/content"}) {
        EXPECT_EQ(call(http_request("GET", path)).status(), 401) << path;
    }
    EXPECT_EQ(upstream.connections(), 0U);
}

TEST_F(Surfaces, AProviderIsNamedByHeaderBeforeQuery) {
    answer(http_reply(200, R"({"object":"list"})"));
    EXPECT_EQ(
        call(http_request("GET", "/v1/files?provider=none", {}, auth() + "x-aihub-provider: up\r\n")).status(), 200
    );
    const auto reply = get("/v1/files?provider=none");
    EXPECT_EQ(reply.status(), 400);
    EXPECT_THAT(error_field(reply, "message"), HasSubstr("none"));
}

class UnsharedSurfaces : public Gateway {
protected:
    void SetUp() override { start(); }
};

TEST_F(UnsharedSurfaces, WhatIsStoredIsNotServed) {
    for (const char* path : {"/v1/files", "/v1/batches/b", "/v1/responses/resp_1", "/v1/files/a/content"}) {
        const auto reply = get(path);
        EXPECT_EQ(reply.status(), 403) << path;
        EXPECT_THAT(error_field(reply, "message"), HasSubstr("providers.up.shared_objects"));
    }
    EXPECT_EQ(upstream.connections(), 0U);
}

TEST_F(UnsharedSurfaces, WithoutADefaultTheProviderMustBeNamed) {
    std::string text = config();
    text.replace(text.find("default_provider: up\n"), 21, "");
    start_with(text);
    const auto reply = call(post("/v1/moderations", R"({"input":"x"})"));
    EXPECT_EQ(reply.status(), 400);
    EXPECT_THAT(error_field(reply, "message"), HasSubstr("x-aihub-provider"));
    upstream.enqueue(Reply(http_reply(200, R"({"results":[]})")));
    EXPECT_EQ(call(post("/v1/moderations", R"({"input":"x"})", "x-aihub-provider: up\r\n")).status(), 200);
}

}  // namespace
}  // namespace aihub::testing
