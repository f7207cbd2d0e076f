// A provider that fails, and what the client sees of it.
#include "gateway_fixture.hpp"
#include "support/tcp_gate.hpp"

namespace aihub::testing {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kStream = R"(,"stream":true)";

std::string error_body(std::string_view message, std::string_view type, std::string_view code) {
    return R"({"error":{"message":")" + std::string(message) + R"(","type":")" + std::string(type) +
           R"(","param":"messages","code":")" + std::string(code) + R"("}})";
}

class UpstreamFailure : public Gateway {
protected:
    void SetUp() override { start(); }
    Message answered(std::string bytes, std::string_view more = {}) {
        upstream.set_handler([bytes = std::move(bytes)](const UpstreamRequest&) { return Reply(bytes).close(); });
        return chat(chat_body("gpt-test", more));
    }
};

TEST_F(UpstreamFailure, BadRequestIsTheClients) {
    const auto reply =
        answered(http_reply(400, error_body("too long", "invalid_request_error", "context_length_exceeded")));
    EXPECT_EQ(reply.status(), 400);
    EXPECT_EQ(error_field(reply, "message"), "too long");
    EXPECT_EQ(error_field(reply, "type"), "invalid_request_error");
    EXPECT_EQ(error_field(reply, "code"), "context_length_exceeded");
    EXPECT_EQ(error_field(reply, "param"), "messages");
}

TEST_F(UpstreamFailure, OurCredentialIsNotTheClientsFault) {
    for (const int status : {401, 403}) {
        const auto reply = answered(http_reply(
            status,
            error_body(
                "Incorrect API key provided: " + std::string(kUpstreamKey), "invalid_request_error", "invalid_api_key"
            )
        ));
        EXPECT_THAT(reply.status(), AnyOf(502, 503));
        EXPECT_THAT(reply.body, Not(HasSubstr(kUpstreamKey)));
        EXPECT_NE(error_field(reply, "code"), "invalid_api_key");
    }
}

TEST_F(UpstreamFailure, RateLimitKeepsRetryAfter) {
    const auto reply = answered(http_reply(
        429, error_body("slow down", "requests", "rate_limit_exceeded"), "application/json", "Retry-After: 7\r\n"
    ));
    EXPECT_EQ(reply.status(), 429);
    EXPECT_EQ(reply.headers.get("retry-after"), "7");
    EXPECT_EQ(error_field(reply, "code"), "rate_limit_exceeded");
}

TEST_F(UpstreamFailure, ServerErrors) {
    for (const int status : {500, 502, 503, 504, 529}) {
        const auto reply = answered(http_reply(status, error_body("oops", "server_error", "x")));
        EXPECT_GE(reply.status(), 500) << status;
        EXPECT_LE(reply.status(), 504) << status;
        EXPECT_FALSE(error_field(reply, "message").empty());
    }
}

TEST_F(UpstreamFailure, HtmlIsWrapped) {
    const auto reply = answered(http_reply(503, "<html><h1>cloud</h1></html>", "text/html"));
    EXPECT_THAT(reply.status(), AnyOf(502, 503));
    EXPECT_THAT(reply.headers.get("content-type"), HasSubstr("application/json"));
    EXPECT_THAT(reply.body, Not(HasSubstr("<html>")));
    EXPECT_FALSE(error_field(reply, "message").empty());
}

TEST_F(UpstreamFailure, RedirectsAreNotFollowed) {
    RawUpstream other;
    const auto reply = answered(
        http_reply(307, "", "text/plain", "Location: http://127.0.0.1:" + std::to_string(other.port()) + "/\r\n")
    );
    EXPECT_EQ(reply.status(), 502);
    EXPECT_EQ(reply.headers.get("location"), "");
    EXPECT_EQ(other.connections(), 0U);
}

TEST_F(UpstreamFailure, ErrorBodyInsideA200) {
    const auto reply = answered(http_reply(200, error_body("oops", "server_error", "x")));
    EXPECT_GE(reply.status(), 400);
    EXPECT_FALSE(error_field(reply, "message").empty());
}

TEST_F(UpstreamFailure, GarbageBecomes502) {
    const std::string ok = chat_answer();
    const std::string cases[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: odd\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 5\r\n\r\nhello",
        std::string("HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 5\r\n\r\nhello", 51),
        "HTTP/0.9 200 OK\r\n\r\nhello",
        "hello",
        "",
        "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + ok.substr(0, 40),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX-Pad: " + std::string(1 << 20, 'x') + "\r\n\r\n",
        http_reply(200, "not json"),
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    };
    for (const auto& bytes : cases) {
        const auto reply = answered(bytes);
        EXPECT_EQ(reply.status(), 502) << bytes.substr(0, 120);
        EXPECT_THAT(reply.body, Not(HasSubstr("hello")));
        EXPECT_FALSE(error_field(reply, "message").empty());
    }
}

TEST_F(UpstreamFailure, ResetBeforeTheReply) {
    upstream.set_handler([](const UpstreamRequest&) { return Reply().reset(); });
    EXPECT_EQ(chat(chat_body()).status(), 502);
}

TEST_F(UpstreamFailure, PostIsNotSentTwiceOnceItWasRead) {
    // On a fresh connection and on a kept one.
    upstream.enqueue(Reply(http_reply(200, chat_answer())));
    upstream.enqueue(Reply().close());
    EXPECT_EQ(chat(chat_body()).status(), 200);
    EXPECT_EQ(chat(chat_body()).status(), 502);
    EXPECT_EQ(upstream.requests().size(), 2U);
}

TEST_F(UpstreamFailure, ErrorInAStreamBeforeTheFirstEvent) {
    const auto reply = answered(
        stream_head() + event_chunk(error_body("overloaded", "server_error", "overloaded")) + chunk(""), kStream
    );
    EXPECT_GE(reply.status(), 500);
    EXPECT_THAT(reply.headers.get("content-type"), HasSubstr("application/json"));
    EXPECT_FALSE(error_field(reply, "message").empty());
}

TEST_F(UpstreamFailure, ErrorInAStreamAfterTheFirstEvent) {
    const auto reply = answered(
        stream_head() + event_chunk(stream_frame("a")) + event_chunk(error_body("oops", "server_error", "x")) +
            chunk(""),
        kStream
    );
    EXPECT_EQ(reply.status(), 200);
    EXPECT_TRUE(has_error_event(reply.body)) << reply.body;
    EXPECT_FALSE(has_done(reply.body));
}

TEST_F(UpstreamFailure, CutStreamNeverLooksComplete) {
    const std::string begin = stream_head() + event_chunk(stream_frame("a"));
    for (const std::string& bytes :
         {begin, begin + "40\r\ndata: {\"id\":\"half", begin + event_chunk(stream_frame("b")) + "5"}) {
        const auto reply = answered(bytes, kStream);
        EXPECT_EQ(reply.status(), 200);
        EXPECT_EQ(event_data(reply.body).at(0), stream_frame("a"));
        EXPECT_TRUE(has_error_event(reply.body)) << reply.body;
        EXPECT_FALSE(has_done(reply.body));
    }
    upstream.set_handler([&](const UpstreamRequest&) { return Reply(begin).reset(); });
    const auto reset = chat(chat_body("gpt-test", kStream));
    EXPECT_FALSE(has_done(reset.body));
    EXPECT_TRUE(reset.status() == 502 || has_error_event(reset.body)) << reset.body;
}

TEST_F(UpstreamFailure, StreamCutBeforeTheFirstEvent) {
    EXPECT_EQ(answered(stream_head(), kStream).status(), 502);
    EXPECT_EQ(answered(stream_head() + chunk(": comment\n\n"), kStream).status(), 502);
}

TEST_F(UpstreamFailure, NobodyListens) {
    std::uint16_t closed = 0;
    {
        const auto socket = listen_local();
        closed = local_port(socket);
    }
    std::string text = config();
    const auto port = std::to_string(upstream.port());
    text.replace(text.find(port), port.size(), std::to_string(closed));
    start_with(text);
    const auto reply = chat(chat_body());
    EXPECT_THAT(reply.status(), AnyOf(502, 503));
    EXPECT_THAT(reply.body, Not(HasSubstr(std::to_string(closed)))) << "an upstream address was shown";
}

class UpstreamTimeout : public Gateway {
protected:
    void SetUp() override { start("timeouts: { first_byte: 300ms, idle: 300ms }\n"); }
};

TEST_F(UpstreamTimeout, FirstByte) {
    upstream.enqueue(Reply().hold());
    const auto reply = chat(chat_body());
    EXPECT_EQ(reply.status(), 504);
    EXPECT_NE(upstream.wait_for_close(0), PeerEnd::none);
}

TEST_F(UpstreamTimeout, SilenceInAStream) {
    upstream.enqueue(Reply(stream_head() + event_chunk(stream_frame("a"))).hold());
    const auto reply = chat(chat_body("gpt-test", kStream));
    EXPECT_EQ(reply.status(), 200);
    EXPECT_TRUE(has_error_event(reply.body)) << reply.body;
    EXPECT_FALSE(has_done(reply.body));
    EXPECT_NE(upstream.wait_for_close(0), PeerEnd::none);
}

class StreamLimit : public Gateway {
protected:
    void SetUp() override { start("limits: { stream_frame_bytes_max: 65536, reply_bytes_max: 65536 }\n"); }
};

TEST_F(StreamLimit, EventWithoutEndIsCut) {
    upstream.enqueue(Reply(stream_head() + event_chunk(stream_frame("a")) + chunk("data: "))
                         .flood(chunk(std::string(4096, 'x')), 100000));
    const auto reply = chat(chat_body("gpt-test", kStream));
    EXPECT_TRUE(has_error_event(reply.body));
    EXPECT_LT(reply.body.size(), 10000U);
    EXPECT_NE(upstream.wait_for_close(0), PeerEnd::none);
    EXPECT_LT(upstream.sent(0), 100'000'000U);
}

TEST_F(StreamLimit, ReplyTooLarge) {
    upstream.enqueue(Reply(http_reply(200, chat_answer(std::string(70000, 'y')))));
    EXPECT_EQ(chat(chat_body()).status(), 502);
}

class ThroughGate : public Gateway {
protected:
    void SetUp() override {
        std::string text = config();
        const auto port = std::to_string(upstream.port());
        text.replace(text.find(port), port.size(), std::to_string(gate.port()));
        start_with(text);
        upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer())); });
    }
    TcpGate gate{upstream.port()};
};

TEST_F(ThroughGate, RecoversAfterRefusalAndCut) {
    gate.refuse(true);
    EXPECT_THAT(chat(chat_body()).status(), AnyOf(502, 503));
    gate.refuse(false);
    EXPECT_EQ(chat(chat_body()).status(), 200);
    gate.cut();  // the kept connection dies while idle: the next call must not notice
    ASSERT_NE(upstream.wait_for_close(0), PeerEnd::none);
    EXPECT_EQ(chat(chat_body()).status(), 200);
    gate.slice(1);
    EXPECT_EQ(chat(chat_body()).body, chat_answer());
}

}  // namespace
}  // namespace aihub::testing
