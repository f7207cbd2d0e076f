// Connections on both sides: keep-alive, pipelining, leaving, slowness, reuse.
#include "gateway_fixture.hpp"

#include <algorithm>
#include <fstream>

namespace aihub::testing {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kStream = R"(,"stream":true)";

// Resident memory of a process in bytes.
std::size_t resident_bytes(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
    std::size_t size = 0;
    std::size_t resident = 0;
    file >> size >> resident;
    return resident * 4096;
}

class Connections : public Gateway {
protected:
    void SetUp() override { start(); }
    // Answers each request with the text of its body's "x" member, so that a mixed-up answer shows.
    void echo() {
        upstream.set_handler([](const UpstreamRequest& request) {
            const auto& body = request.message.body;
            const auto at = body.find("\"x\":\"") + 5;
            return Reply(http_reply(200, chat_answer(body.substr(at, body.find('"', at) - at))));
        });
    }
    static std::string numbered(int number) {
        return chat_body("gpt-test", ",\"x\":\"n" + std::to_string(number) + "\"");
    }
};

TEST_F(Connections, KeepAlive) {
    echo();
    auto client = connect();
    for (int number = 0; number < 20; ++number) {
        ASSERT_TRUE(client.send(post(kChat, numbered(number))));
        const auto reply = client.reply();
        ASSERT_TRUE(reply);
        EXPECT_THAT(reply->body, HasSubstr("\"n" + std::to_string(number) + "\""));
    }
    EXPECT_EQ(upstream.connections(), 1U);
}

TEST_F(Connections, PipeliningKeepsTheOrder) {
    echo();
    auto client = connect();
    std::string all;
    for (int number = 0; number < 10; ++number) {
        all += post(kChat, numbered(number));
    }
    ASSERT_TRUE(client.send(all));
    for (int number = 0; number < 10; ++number) {
        const auto reply = client.reply();
        ASSERT_TRUE(reply) << number;
        EXPECT_THAT(reply->body, HasSubstr("\"n" + std::to_string(number) + "\""));
    }
}

TEST_F(Connections, RequestInSingleBytes) {
    echo();
    const auto bytes = post(kChat, numbered(1));
    std::vector<std::string> segments;
    for (const char byte : bytes) {
        segments.emplace_back(1, byte);
    }
    auto client = connect();
    ASSERT_TRUE(client.send_segments(segments));
    const auto reply = client.reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status(), 200);
}

TEST_F(Connections, ChunkedRequest) {
    echo();
    const auto body = numbered(3);
    auto client = connect();
    ASSERT_TRUE(client.send(
        "POST " + std::string(kChat) + " HTTP/1.1\r\nHost: h\r\n" + auth() + "Transfer-Encoding: chunked\r\n\r\n" +
        chunk(body.substr(0, 7)) + chunk(body.substr(7)) + chunk("")
    ));
    const auto reply = client.reply();
    ASSERT_TRUE(reply);
    // Refusing a body without a length would be as good, but a chunked one must never go on to the provider as it is.
    EXPECT_EQ(reply->status(), 200);
    EXPECT_EQ(upstream.last().message.body, body);
    EXPECT_EQ(upstream.last().message.headers.get("transfer-encoding"), "");
}

TEST_F(Connections, CloseWhenAsked) {
    echo();
    auto client = connect();
    ASSERT_TRUE(client.send(post(kChat, numbered(1), "Connection: close\r\n")));
    const auto reply = client.reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->headers.get("connection"), "close");
    EXPECT_TRUE(client.wait_for_close());
}

TEST_F(Connections, OldHttp) {
    echo();
    auto client = connect();
    const auto body = numbered(1);
    ASSERT_TRUE(client.send(
        "POST " + std::string(kChat) + " HTTP/1.0\r\n" + auth() + "Content-Length: " + std::to_string(body.size()) +
        "\r\n\r\n" + body
    ));
    ASSERT_TRUE(client.wait_for_close());
    EXPECT_THAT(client.received(), AnyOf(HasSubstr(" 200 "), HasSubstr(" 505 "), HasSubstr(" 400 ")));
    EXPECT_THAT(client.received(), Not(HasSubstr("Transfer-Encoding: chunked")));
}

TEST_F(Connections, ExpectContinue) {
    echo();
    const auto body = numbered(1);
    auto client = connect();
    ASSERT_TRUE(client.send(
        "POST " + std::string(kChat) + " HTTP/1.1\r\nHost: h\r\n" + auth() +
        "Content-Length: " + std::to_string(body.size()) + "\r\nExpect: 100-continue\r\n\r\n"
    ));
    const auto go = client.reply();
    ASSERT_TRUE(go);
    ASSERT_THAT(go->status(), AnyOf(100, 417));
    if (go->status() == 100) {
        ASSERT_TRUE(client.send(body));
        EXPECT_EQ(client.reply()->status(), 200);
    }
}

TEST_F(Connections, ClientThatLeavesClosesItsUpstream) {
    // With unread bytes (RST), and after reading all (FIN).
    for (const bool read : {false, true}) {
        const auto index = upstream.connections();
        upstream.enqueue(Reply(stream_head() + event_chunk(stream_frame("a"))).hold());
        auto client = connect();
        ASSERT_TRUE(client.send(post(kChat, chat_body("gpt-test", kStream))));
        if (read) {
            ASSERT_TRUE(client.read_until(stream_frame("a") + "\n\n"));
        } else {
            ASSERT_TRUE(upstream.wait_for_requests(index + 1));
        }
        client.close();
        EXPECT_NE(upstream.wait_for_close(index, Milliseconds(500)), PeerEnd::none) << read;
    }
}

TEST_F(Connections, ClientThatLeavesBeforeTheReplyClosesItsUpstream) {
    upstream.enqueue(Reply().hold());
    auto client = connect();
    ASSERT_TRUE(client.send(post(kChat, chat_body())));
    ASSERT_TRUE(upstream.wait_for_requests(1));
    client.close();
    EXPECT_NE(upstream.wait_for_close(0, Milliseconds(500)), PeerEnd::none);
}

// What it sent behind its request stands between the server and the end of the connection.
TEST_F(Connections, ClientThatSentMoreAndLeftClosesItsUpstream) {
    upstream.enqueue(Reply().hold());
    auto client = connect();
    ASSERT_TRUE(client.send(post(kChat, chat_body())));
    ASSERT_TRUE(upstream.wait_for_requests(1));
    ASSERT_TRUE(client.send("\r\nGET /healthz HTTP/1.1\r\n"));
    for (int i = 0; i < 10; ++i) {  // Every loop has had a turn since.
        auto other = connect();
        ASSERT_TRUE(other.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"));
        ASSERT_TRUE(other.reply());
    }
    EXPECT_EQ(upstream.wait_for_close(0, Milliseconds(0)), PeerEnd::none);
    client.close();
    EXPECT_NE(upstream.wait_for_close(0, Milliseconds(5000)), PeerEnd::none);
}

TEST_F(Connections, SlowClientStopsItsUpstream) {
    constexpr std::size_t kFrames = 1000;
    const std::string frame = event_chunk(stream_frame(std::string(64 * 1024, 'x')));
    upstream.enqueue(Reply(stream_head())
                         .flood(frame, kFrames - 1)
                         .send(event_chunk(last_frame("y")) + event_chunk("[DONE]") + chunk("")));
    auto client = connect(4096);
    const auto before = resident_bytes(server->pid());
    ASSERT_TRUE(client.send(post(kChat, chat_body("gpt-test", kStream))));
    // The upstream can send no more once all buffers on the way are full.
    std::uint64_t last = 0;
    int unchanged = 0;
    ASSERT_TRUE(eventually([&] {
        const auto sent = upstream.sent(0);
        unchanged = sent == last && sent > 0 ? unchanged + 1 : 0;
        last = sent;
        return unchanged >= 40;
    }));
    EXPECT_LT(last, frame.size() * kFrames / 2);
    EXPECT_LT(resident_bytes(server->pid()), before + (32U << 20U));
    // And nothing was lost.
    std::size_t events = 0;
    std::string rest;
    while (client.read_until([](std::string_view got) { return got.size() > 1U << 20U; }) || !client.received().empty()
    ) {
        rest += client.received();
        client.discard(client.received().size());
        const auto done = rest.find("[DONE]") != std::string::npos;
        for (std::size_t at = rest.find("\"id\":"); at != std::string::npos; at = rest.find("\"id\":", at + 1)) {
            ++events;
        }
        rest = rest.substr(rest.size() - std::min<std::size_t>(rest.size(), 4));
        if (done || events >= kFrames) {
            break;
        }
    }
    EXPECT_EQ(events, kFrames);
}

TEST_F(Connections, UpstreamIsReused) {
    echo();
    for (int number = 0; number < 5; ++number) {
        EXPECT_EQ(chat(numbered(number)).status(), 200);
    }
    // One per event loop at most.
    EXPECT_LE(upstream.connections(), 2U);
}

class Irregular : public Gateway {
protected:
    // One loop, so that the next call would take the same connection.
    void SetUp() override { start("loops: 1\n"); }
    // After `bytes`, the next call must come on a new connection and get its own answer.
    void expect_not_reused(const std::string& bytes) {
        const auto index = upstream.connections();
        upstream.enqueue(Reply(bytes));
        upstream.enqueue(Reply(http_reply(200, chat_answer("mine"))));
        (void)chat(chat_body());
        const auto next = chat(chat_body());
        EXPECT_EQ(next.status(), 200);
        EXPECT_THAT(next.body, HasSubstr("mine"));
        EXPECT_EQ(upstream.last().connection, index + 1) << bytes.substr(0, 100);
        EXPECT_NE(upstream.wait_for_close(index), PeerEnd::none);
    }
};

TEST_F(Irregular, RegularConnectionIsReused) {
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer())); });
    EXPECT_EQ(chat(chat_body()).status(), 200);
    EXPECT_EQ(chat(chat_body()).status(), 200);
    EXPECT_EQ(upstream.connections(), 1U);
}

TEST_F(Irregular, SurplusBytesReachNobody) {
    expect_not_reused(http_reply(200, chat_answer("first")) + http_reply(200, chat_answer("surplus")));
}

TEST_F(Irregular, SurplusBytesLater) {
    const auto later = make_signal();
    upstream.enqueue(
        Reply(http_reply(200, chat_answer("first"))).wait(later).send(http_reply(200, chat_answer("surplus")))
    );
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer("mine"))); });
    EXPECT_THAT(chat(chat_body()).body, HasSubstr("first"));
    later->set();
    ASSERT_TRUE(eventually([&] { return upstream.sent(0) > http_reply(200, chat_answer("first")).size(); }));
    EXPECT_THAT(chat(chat_body()).body, HasSubstr("mine"));
}

TEST_F(Irregular, ConnectionCloseIsHeeded) {
    expect_not_reused(http_reply(200, chat_answer("first"), "application/json", "Connection: close\r\n"));
}

TEST_F(Irregular, TwoLengths) {
    expect_not_reused("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello");
}

TEST_F(Irregular, ErrorEventInAStream) {
    upstream.enqueue(
        Reply(stream_head() + event_chunk(stream_frame("a")) + event_chunk(R"({"error":{"message":"oops"}})"))
    );
    upstream.enqueue(Reply(http_reply(200, chat_answer("mine"))));
    EXPECT_TRUE(has_error_event(chat(chat_body("gpt-test", kStream)).body));
    EXPECT_THAT(chat(chat_body()).body, HasSubstr("mine"));
    EXPECT_EQ(upstream.last().connection, 1U);
}

TEST_F(Irregular, FinishedStreamIsReused) {
    upstream.enqueue(Reply(stream_head() + event_chunk(stream_frame("a")) + event_chunk("[DONE]") + chunk("")));
    upstream.enqueue(Reply(http_reply(200, chat_answer("mine"))));
    EXPECT_TRUE(has_done(chat(chat_body("gpt-test", kStream)).body));
    EXPECT_THAT(chat(chat_body()).body, HasSubstr("mine"));
    EXPECT_EQ(upstream.connections(), 1U);
}

TEST_F(Irregular, UpgradeIsNotPassedOn) {
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer())); });
    auto client = connect();
    ASSERT_TRUE(client.send(
        post(kChat, chat_body(), "Connection: Upgrade\r\nUpgrade: foo\r\n") + http_request("GET", "/smuggled")
    ));
    const auto reply = client.reply();
    ASSERT_TRUE(reply);
    EXPECT_THAT(reply->status(), AnyOf(200, 400));
    EXPECT_EQ(chat(chat_body()).status(), 200);
    EXPECT_THAT(upstream.bytes(0), Not(AnyOf(HasSubstr("smuggled"), HasSubstr("foo"))));
}

class ClientLimits : public Gateway {
protected:
    void SetUp() override { start("timeouts: { header: 300ms, body: 300ms, keep_alive: 300ms }\n"); }
};

TEST_F(ClientLimits, SlowHeadersAndBodiesAreCut) {
    auto header = connect();
    ASSERT_TRUE(header.send("POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\n"));
    auto body = connect();
    ASSERT_TRUE(body.send("POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\n" + auth() + "Content-Length: 100\r\n\r\n{")
    );
    auto idle = connect();
    for (auto* client : {&header, &body, &idle}) {
        EXPECT_TRUE(client->wait_for_close());
    }
    EXPECT_THAT(header.received(), HasSubstr(" 408 "));
    EXPECT_THAT(body.received(), HasSubstr(" 408 "));
    EXPECT_EQ(idle.received(), "");
    EXPECT_EQ(upstream.connections(), 0U);
}

class RequestId : public Gateway {
protected:
    void SetUp() override {
        start();
        upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer())); });
    }
    std::string returned(const std::string& header) {
        return call(post(kChat, chat_body(), header)).headers.get("x-request-id");
    }
};

TEST_F(RequestId, AcceptedAndReturned) {
    EXPECT_EQ(returned("X-Request-Id: my-id_1.2\r\n"), "my-id_1.2");
    EXPECT_EQ(usage_rows(1)[0]["request_id"], "my-id_1.2");
}

TEST_F(RequestId, MadeWhenAbsentOrBad) {
    const std::string headers[] = {
        "",
        "X-Request-Id: \r\n",
        "X-Request-Id: a b\r\n",
        "X-Request-Id: <script>\r\n",
        "X-Request-Id: " + std::string(300, 'a') + "\r\n"};
    std::vector<std::string> ids;
    for (const auto& header : headers) {
        ids.push_back(returned(header));
        EXPECT_THAT(ids.back(), ::testing::MatchesRegex("req_[0-9A-Za-z]+")) << header;
    }
    std::sort(ids.begin(), ids.end());
    EXPECT_EQ(std::unique(ids.begin(), ids.end()), ids.end()) << "the same id twice";
}

TEST_F(RequestId, OnRefusalsToo) {
    const auto reply = call(http_request("POST", kChat, chat_body(), "X-Request-Id: mine-7\r\n"));
    EXPECT_EQ(reply.status(), 401);
    EXPECT_EQ(reply.headers.get("x-request-id"), "mine-7");
}

}  // namespace
}  // namespace aihub::testing
