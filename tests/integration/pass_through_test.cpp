// Same dialect in and out: what reaches the provider and the client is what the other side sent, byte for byte.
#include "gateway_fixture.hpp"

namespace aihub::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class PassThrough : public Gateway {
protected:
    void SetUp() override { start(); }
};

TEST_F(PassThrough, ChatKeepsUnknownFieldsBothWays) {
    const std::string answer = chat_answer("caf\xc3\xa9 \\u00e9 \\n");
    upstream.enqueue(Reply(http_reply(200, answer)));
    const std::string body =
        "{ \"x_first\" : [1.0, 1e3, {\"deep\":null}],\n\t\"model\" : \"gpt-test\" , \"messages\":[{\"role\":\"user\","
        "\"content\":\"a\\u0041\\/b\"}], \"temperature\":0.70, \"x_big\":12345678901234567890123 }";
    const auto reply = chat(body);
    EXPECT_EQ(reply.status(), 200);
    EXPECT_EQ(reply.body, answer);
    EXPECT_THAT(reply.headers.get("content-type"), HasSubstr("application/json"));
    EXPECT_EQ(upstream.last().message.body, body);
}

TEST_F(PassThrough, UpstreamSeesItsOwnKeyAndPathOnly) {
    upstream.enqueue(Reply(http_reply(200, chat_answer())));
    EXPECT_EQ(call(post(kChat, chat_body(), "Cookie: c=1\r\nX-Forwarded-For: 9.9.9.9\r\n")).status(), 200);
    const auto request = upstream.last().message;
    EXPECT_EQ(request.method(), "POST");
    EXPECT_EQ(request.target(), "/v1/chat/completions");
    EXPECT_EQ(request.headers.get("authorization"), "Bearer " + std::string(kUpstreamKey));
    EXPECT_EQ(request.headers.count("authorization"), 1U);
    EXPECT_EQ(request.headers.get("host"), "127.0.0.1:" + std::to_string(upstream.port()));
    EXPECT_EQ(request.headers.count("cookie"), 0U);
    EXPECT_THAT(upstream.bytes(0), Not(HasSubstr(key)));
}

TEST_F(PassThrough, AliasChangesOnlyTheModel) {
    upstream.enqueue(Reply(http_reply(200, chat_answer())));
    EXPECT_EQ(chat(R"({"messages":[{"role":"user","content":"model"}], "model" :  "fast", "x":1.50})").status(), 200);
    EXPECT_EQ(
        upstream.last().message.body,
        R"({"messages":[{"role":"user","content":"model"}], "model" :  "gpt-test", "x":1.50})"
    );
}

TEST_F(PassThrough, ProviderSlashModel) {
    upstream.enqueue(Reply(http_reply(200, chat_answer())));
    EXPECT_EQ(chat(chat_body("up/other/model:free")).status(), 200);
    EXPECT_EQ(upstream.last().message.body, chat_body("other/model:free"));
}

TEST_F(PassThrough, DefaultProviderTakesUnknownModels) {
    upstream.enqueue(Reply(http_reply(200, chat_answer())));
    EXPECT_EQ(chat(chat_body("brand-new")).status(), 200);
    EXPECT_EQ(upstream.last().message.body, chat_body("brand-new"));
}

TEST_F(PassThrough, StreamKeepsEveryEvent) {
    const std::vector<std::string> frames{
        stream_frame("a"), last_frame("caf\xc3\xa9"), R"({"x_odd":[1.0]})", usage_frame(11, 7)};
    std::string bytes = stream_head();
    for (const auto& frame : frames) {
        bytes += event_chunk(frame);
    }
    upstream.enqueue(Reply(bytes + event_chunk("[DONE]") + chunk("")));
    const auto body = chat_body("fast", R"(,"stream":true,"stream_options":{"include_usage":true},"x_y": 1.0)");
    const auto reply = chat(body);
    EXPECT_EQ(reply.status(), 200);
    EXPECT_TRUE(reply.complete);
    EXPECT_THAT(reply.headers.get("content-type"), HasSubstr("text/event-stream"));
    EXPECT_THAT(event_data(reply.body), ElementsAre(frames[0], frames[1], frames[2], frames[3], "[DONE]"));
    EXPECT_EQ(
        upstream.last().message.body,
        chat_body("gpt-test", R"(,"stream":true,"stream_options":{"include_usage":true},"x_y": 1.0)")
    );
}

TEST_F(PassThrough, StreamIsTheSameHoweverItWasCut) {
    const std::string one = stream_frame("caf\xc3\xa9");
    // Line ends, comments and events split over lines, as servers send them.
    const std::string last = last_frame("x");
    const std::string stream = ": hello\n\ndata: " + one + "\r\n\r\nevent: message\ndata:" + one +
                               "\n\n\n\ndata: " + last + "\n\ndata: [DONE]\n\n";
    for (const std::size_t size : {1U, 2U, 7U, 4096U}) {
        std::string bytes = stream_head();
        for (std::size_t at = 0; at < stream.size(); at += size) {
            bytes += chunk(std::string_view(stream).substr(at, size));
        }
        upstream.enqueue(Reply().slices(bytes + chunk(""), size));
        const auto reply = chat(chat_body("gpt-test", R"(,"stream":true)"));
        EXPECT_EQ(reply.status(), 200);
        EXPECT_THAT(event_data(reply.body), ElementsAre(one, one, last, "[DONE]")) << "pieces of " << size;
    }
}

// Some servers leave the marker out; a finish reason and the end of the body say as much.
TEST_F(PassThrough, StreamWithoutDoneEndsWithDone) {
    const std::string finish =
        R"({"id":"chatcmpl-1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})";
    upstream.enqueue(Reply(stream_head() + event_chunk(stream_frame("a")) + event_chunk(finish) + chunk("")));
    const auto reply = chat(chat_body("gpt-test", R"(,"stream":true)"));
    EXPECT_TRUE(reply.complete);
    EXPECT_THAT(event_data(reply.body), ElementsAre(stream_frame("a"), finish, "[DONE]"));
}

// Agents wait for exactly one finish reason of each choice.
TEST_F(PassThrough, AMissingFinishIsAdded) {
    upstream.enqueue(Reply(
        stream_head() + event_chunk(stream_frame("a")) + event_chunk(usage_frame(11, 7)) + event_chunk("[DONE]") +
        chunk("")
    ));
    const auto reply = chat(chat_body("gpt-test", R"(,"stream":true,"stream_options":{"include_usage":true})"));
    EXPECT_TRUE(reply.complete);
    const std::string finish =
        R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"gpt-test-0613",)"
        R"("choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})";
    EXPECT_THAT(event_data(reply.body), ElementsAre(stream_frame("a"), finish, usage_frame(11, 7), "[DONE]"));
}

TEST_F(PassThrough, EventsPassAtOnce) {
    const auto next = make_signal();
    upstream.enqueue(Reply(stream_head() + event_chunk(stream_frame("first")))
                         .wait(next)
                         .send(event_chunk(stream_frame("second")) + event_chunk("[DONE]") + chunk("")));
    auto client = connect();
    ASSERT_TRUE(client.send(post(kChat, chat_body("gpt-test", R"(,"stream":true)"))));
    ASSERT_TRUE(client.read_until("first"));
    EXPECT_THAT(client.received(), Not(HasSubstr("second")));
    next->set();
    EXPECT_TRUE(client.read_until("[DONE]"));
}

TEST_F(PassThrough, UsageChunkOnlyWhenAskedFor) {
    // A provider that says its usage in a stream only when it is asked.
    upstream.set_handler([](const UpstreamRequest& request) {
        const bool asked = request.message.body.find(R"("include_usage":true)") != std::string::npos;
        return Reply(
            stream_head() + event_chunk(last_frame("a")) + (asked ? event_chunk(usage_frame(11, 7)) : "") +
            event_chunk("[DONE]") + chunk("")
        );
    });
    const auto unasked = chat(chat_body("gpt-test", R"(,"stream":true)"));
    EXPECT_THAT(event_data(unasked.body), ElementsAre(last_frame("a"), "[DONE]"));
    const auto asked = chat(chat_body("gpt-test", R"(,"stream":true,"stream_options":{"include_usage":true})"));
    EXPECT_THAT(event_data(asked.body), ElementsAre(last_frame("a"), usage_frame(11, 7), "[DONE]"));
}

TEST_F(PassThrough, Embeddings) {
    const std::string answer =
        R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":"AACAPwAAAEA="}],"model":"embed-test",)"
        R"("usage":{"prompt_tokens":5,"total_tokens":5}})";
    upstream.enqueue(Reply(http_reply(200, answer)));
    const std::string body = R"({"model":"embed-test","input":[[1,2],[3]],"encoding_format":"base64","dimensions":2})";
    const auto reply = call(post("/v1/embeddings", body));
    EXPECT_EQ(reply.status(), 200);
    EXPECT_EQ(reply.body, answer);
    EXPECT_EQ(upstream.last().message.target(), "/v1/embeddings");
    EXPECT_EQ(upstream.last().message.body, body);
}

TEST_F(PassThrough, LargeBodies) {
    const std::string answer = chat_answer(std::string(3'000'000, 'y'));
    upstream.enqueue(Reply(http_reply(200, answer)));
    const auto body = chat_body("gpt-test", ",\"x_pad\":\"" + std::string(2'000'000, 'x') + "\"");
    const auto reply = chat(body);
    EXPECT_EQ(reply.status(), 200);
    EXPECT_TRUE(reply.body == answer);
    EXPECT_TRUE(upstream.last().message.body == body);
}

TEST_F(PassThrough, ChunkedReplyToAPlainCall) {
    const std::string answer = chat_answer();
    upstream.enqueue(Reply(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" +
        chunk(answer.substr(0, 50)) + chunk(answer.substr(50)) + chunk("")
    ));
    EXPECT_EQ(chat(chat_body()).body, answer);
}

TEST_F(PassThrough, ModelsListAndSingle) {
    const auto list = parse(get("/v1/models").body);
    std::vector<std::string> ids;
    for (const auto& model : list.at("data").as_array()) {
        EXPECT_EQ(model.at("object").as_string(), "model");
        ids.emplace_back(model.at("id").as_string());
    }
    EXPECT_EQ(list.at("object").as_string(), "list");
    EXPECT_THAT(ids, ::testing::IsSupersetOf({"fast"}));
    EXPECT_THAT(ids, ::testing::Contains(::testing::AnyOf("gpt-test", "up/gpt-test")));
    EXPECT_EQ(upstream.connections(), 0U);

    const auto one = get("/v1/models/fast");
    EXPECT_EQ(one.status(), 200);
    EXPECT_EQ(parse(one.body).at("id").as_string(), "fast");
}

}  // namespace
}  // namespace aihub::testing
