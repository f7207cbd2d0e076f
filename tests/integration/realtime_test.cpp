// Web sockets through the gateway: a raw client on one side, a raw provider on the other.
#include "gateway_fixture.hpp"
#include "support/websocket_peer.hpp"

#include <utility>

namespace aihub::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view kGone = "nothing";

std::string response_done(int input, int output, std::string_view more = {}) {
    return R"({"type":"response.done","event_id":"e1","response":{"id":"r1","usage":{"total_tokens":)" +
           std::to_string(input + output) + R"(,"input_tokens":)" + std::to_string(input) + R"(,"output_tokens":)" +
           std::to_string(output) +
           R"(,"input_token_details":{"text_tokens":3,"audio_tokens":4,"cached_tokens":2},)"
           R"("output_token_details":{"text_tokens":1,"audio_tokens":5}}})" +
           std::string(more) + "}";
}

// What comes, frame by frame: "1:text" or "0+part" for a fragment.
std::string shown(const std::optional<PeerFrame>& frame) {
    return frame ? std::to_string(frame->opcode) + (frame->last ? ":" : "+") + frame->payload : std::string(kGone);
}

// A session, opened from both sides.
struct Session {
    WebSocketPeer client;
    WebSocketPeer provider;
    std::string request;  // as the provider saw it
    std::string reply;    // as the client saw it
};

class Realtime : public Gateway {
protected:
    // `settings` of the provider begin with a comma.
    [[nodiscard]] std::string provider_config(std::string_view settings = {}) const {
        return "listen: 127.0.0.1:0\nretries: { budget_percent: 0, budget_per_minute_min: 0 }\nproviders:\n"
               "  rt: { plugin: aihub.provider.openai, base_url: \"http://127.0.0.1:" +
               std::to_string(local_port(listener)) + "/v1\", api_key: " + std::string(kUpstreamKey) +
               ", models: [rt-1]" + std::string(settings) + " }\n";
    }
    // What a failure does to later calls is for the tests that have a breaker.
    [[nodiscard]] std::string realtime_config(std::string_view more = {}) const {
        return provider_config() + std::string(more) +
               "breaker: { failures_max: 0, error_percent: 0, cooldown_max: 0s }\n";
    }
    void start_realtime(std::string_view more = {}) { start_with(realtime_config(more)); }

    // The lines of a handshake without a credential.
    static std::string upgrade_lines(std::string_view extra = {}) {
        return "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: " +
               std::string(kSocketKey) + "\r\n" + std::string(extra);
    }
    [[nodiscard]] std::string handshake(std::string_view extra = {}, std::string_view target = kTarget) const {
        return http_request("GET", target, {}, auth() + upgrade_lines(extra));
    }
    [[nodiscard]] WebSocketPeer client_of(std::string_view request, int receive_buffer = 0) const {
        WebSocketPeer client(connect_local(server->port(), receive_buffer), PeerRole::client);
        client.send(request);
        return client;
    }
    [[nodiscard]] WebSocketPeer provider_side() const {
        return WebSocketPeer(accept_local(listener), PeerRole::server);
    }
    static std::string accepted(std::string_view extra = {}) {
        return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
               "Upgrade\r\nSec-WebSocket-Accept: " +
               std::string(kSocketAccept) + "\r\n" + std::string(extra) + "\r\n";
    }
    [[nodiscard]] Session open_with(const std::string& request, std::string_view extra = {}, int receive_buffer = 0) {
        Session session{client_of(request, receive_buffer), provider_side(), {}, {}};
        session.request = session.provider.head();
        session.provider.send(accepted(extra));
        session.reply = session.client.head();
        EXPECT_THAT(session.reply, StartsWith("HTTP/1.1 101 "));
        return session;
    }
    [[nodiscard]] Session open() { return open_with(handshake()); }
    // The answer to `request` when the provider answers the handshake with `bytes`.
    Message refused_by_provider(std::string_view bytes) {
        auto client = connect();
        EXPECT_TRUE(client.send(handshake()));
        auto provider = provider_side();
        EXPECT_THAT(provider.head(), StartsWith("GET /v1/realtime"));
        provider.send(bytes);
        provider.close();
        return client.reply().value_or(Message{});
    }
    // The row of the socket itself, after `responses` rows of responses.
    [[nodiscard]] Row socket_row(std::size_t responses = 0) const {
        for (auto& row : usage_rows(responses + 1)) {
            if (row["operation"] == "realtime") {
                return row;
            }
        }
        return {};
    }

    static constexpr std::string_view kTarget = "/v1/realtime?model=rt-1";
    Descriptor listener = listen_local();
};

TEST_F(Realtime, EachResponseHasItsRow) {
    start_realtime();
    const std::string trace = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n";
    auto session =
        open_with(handshake("OpenAI-Beta: realtime=v1\r\nSec-WebSocket-Extensions: permessage-deflate\r\n" + trace));
    EXPECT_THAT(session.request, HasSubstr("\r\n" + trace));
    EXPECT_THAT(session.request, StartsWith("GET /v1/realtime?model=rt-1 HTTP/1.1\r\n"));
    EXPECT_THAT(session.request, HasSubstr("Authorization: Bearer " + std::string(kUpstreamKey)));
    EXPECT_THAT(session.request, HasSubstr("OpenAI-Beta: realtime=v1\r\n"));
    EXPECT_THAT(session.request, HasSubstr("Sec-WebSocket-Key: " + std::string(kSocketKey)));
    EXPECT_THAT(session.request, Not(HasSubstr("Extensions")));
    EXPECT_THAT(session.request, Not(HasSubstr(key)));
    EXPECT_THAT(session.reply, HasSubstr("Sec-WebSocket-Accept: " + std::string(kSocketAccept)));
    EXPECT_THAT(session.reply, HasSubstr("x-request-id: "));
    EXPECT_EQ(metric("aihub_realtime_open"), 1);
    for (const auto& [input, output] : {std::pair(9, 6), std::pair(20, 11)}) {
        ASSERT_TRUE(session.client.text(R"({"type":"response.create"})"));
        EXPECT_EQ(shown(session.provider.next()), R"(1:{"type":"response.create"})");
        for (const auto& event :
             {std::string(R"({"type":"response.output_text.delta","delta":"response.done"})"),
              response_done(input, output)}) {
            ASSERT_TRUE(session.provider.text(event));
            EXPECT_EQ(shown(session.client.next()), "1:" + event);
        }
    }
    auto rows = usage_rows(2);  // They are there while the session goes on.
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0]["operation"], "realtime_response");
    EXPECT_EQ(rows[0]["provider"], "rt");
    EXPECT_EQ(rows[0]["input_tokens"] + " " + rows[0]["output_tokens"], "9 6");
    EXPECT_EQ(rows[1]["input_tokens"] + " " + rows[1]["output_tokens"], "20 11");
    EXPECT_EQ(metric("aihub_tokens_total{kind=\"input\"}"), 29);
    ASSERT_TRUE(session.client.close_frame(1000));
    EXPECT_EQ(session.provider.next_close(), 1000);
    ASSERT_TRUE(session.provider.close_frame(1000));
    EXPECT_EQ(session.client.next_close(), 1000);
    EXPECT_TRUE(session.client.ends());
    auto row = socket_row(2);
    EXPECT_EQ(row["status"], "101");
    EXPECT_EQ(row["outcome"], "completed");
    EXPECT_EQ(row["request_id"], rows[0]["request_id"]);
    EXPECT_EQ(row.count("input_tokens"), 0U) << "the tokens stand in the rows of the responses";
    EXPECT_TRUE(eventually([&] { return metric("aihub_realtime_open") == 0; }));
    EXPECT_EQ(metric("aihub_realtime_messages_total{direction=\"in\"}"), 2);
    EXPECT_EQ(metric("aihub_realtime_messages_total{direction=\"out\"}"), 4);
}

TEST_F(Realtime, CloseCodesPassInBothDirections) {
    start_realtime();
    for (const bool by_client : {true, false}) {
        auto session = open();
        auto& first = by_client ? session.client : session.provider;
        auto& second = by_client ? session.provider : session.client;
        ASSERT_TRUE(first.close_frame(4000, "bye"));
        auto frame = second.next();
        ASSERT_TRUE(frame);
        EXPECT_EQ(frame->opcode, 8);
        EXPECT_EQ(frame->close_code(), 4000);
        EXPECT_EQ(frame->payload.substr(2), "bye");
        ASSERT_TRUE(second.close_frame(4000));
        EXPECT_EQ(first.next_close(), 4000);
        EXPECT_TRUE(session.client.ends());
        EXPECT_TRUE(session.provider.ends());
    }
    for (auto& row : usage_rows(2)) {
        EXPECT_EQ(row["outcome"], "completed");
    }
}

TEST_F(Realtime, AProviderThatOnlyHangsUpAfterAClientsCloseIsClosedWithItsCode) {
    start_realtime();
    auto session = open();
    ASSERT_TRUE(session.client.close_frame(4321));
    EXPECT_EQ(session.provider.next_close(), 4321);
    session.provider.close();
    EXPECT_EQ(session.client.next_close(), 4321);
    EXPECT_TRUE(session.client.ends());
}

TEST_F(Realtime, FragmentsAndControlFramesKeepTheirOrder) {
    start_realtime();
    auto session = open();
    for (auto* const from : {&session.client, &session.provider}) {
        auto& to = from == &session.client ? session.provider : session.client;
        const auto role = from == &session.client ? PeerRole::client : PeerRole::server;
        const auto bytes = socket_frame(role, 1, "{\"a\":", false) + socket_frame(role, 9, "are you there") +
                           socket_frame(role, 0, "", false) + socket_frame(role, 10, "") + socket_frame(role, 0, "1}") +
                           socket_frame(role, 2, std::string(200, '\0'));
        for (const char byte : bytes) {
            ASSERT_EQ(from->send({&byte, 1}), 1U);
        }
        EXPECT_EQ(shown(to.next()), "1+{\"a\":");
        EXPECT_EQ(shown(to.next()), "9:are you there");
        EXPECT_EQ(shown(to.next()), "0+");
        EXPECT_EQ(shown(to.next()), "10:");
        EXPECT_EQ(shown(to.next()), "0:1}");
        EXPECT_EQ(shown(to.next()), "2:" + std::string(200, '\0'));
    }
}

TEST_F(Realtime, UsageInAFragmentedMessageIsRead) {
    start_realtime();
    auto session = open();
    const auto event = response_done(7, 8);
    ASSERT_TRUE(session.provider.frame(1, event.substr(0, 40), false));
    ASSERT_TRUE(session.provider.frame(9, "ping"));
    ASSERT_TRUE(session.provider.frame(0, event.substr(40)));
    auto rows = usage_rows(1);
    EXPECT_EQ(rows[0]["input_tokens"] + " " + rows[0]["output_tokens"], "7 8");
}

TEST_F(Realtime, LargeMessagesPassWhole) {
    start_realtime("limits: { stream_frame_bytes_max: 65536 }\n");
    auto session = open();
    std::string large(1024UL * 1024, 'x');
    for (std::size_t i = 0; i < large.size(); i += 7) {
        large[i] = static_cast<char>('a' + i % 26);
    }
    ASSERT_TRUE(session.client.text(large));
    EXPECT_EQ(session.provider.next()->payload, large);
    const auto event = response_done(1, 2, R"(,"pad":")" + large + "\"");
    ASSERT_TRUE(session.provider.text(event));
    EXPECT_EQ(session.client.next()->payload, event);
    ASSERT_TRUE(session.provider.text(response_done(3, 4)));
    ASSERT_TRUE(session.client.next());
    session.client.close();
    // Too large to be looked into: passed on all the same, and counted.
    EXPECT_EQ(socket_row(1)["outcome"], "client_closed");
    std::string told;
    for (auto& row : usage_rows(2)) {
        told += row["input_tokens"];
    }
    EXPECT_EQ(told, "3");
    EXPECT_TRUE(eventually([&] { return metric("aihub_realtime_unseen_total") == 1; }));
}

TEST_F(Realtime, ASlowClientSlowsTheProvider) {
    start_realtime();
    auto session = open_with(handshake(), {}, 4096);
    const std::string message(256UL * 1024, 'x');
    const auto frame = socket_frame(PeerRole::server, 2, message);
    const auto resident = [&] {
        const auto status = read_file("/proc/" + std::to_string(server->pid()) + "/status");
        return std::strtoull(status.c_str() + status.find("VmRSS:") + 6, nullptr, 10);
    };
    const auto before = resident();
    std::size_t frames = 0;
    std::size_t taken = frame.size();
    while (taken == frame.size() && frames < 400) {
        taken = session.provider.send(frame, Milliseconds(300));
        ++frames;
    }
    ASSERT_LT(frames, 200U) << "50 MiB went nowhere";
    EXPECT_LT(resident(), before + 8192);
    std::size_t read = 0;
    while (read + 1 < frames) {
        const auto got = session.client.next();
        ASSERT_TRUE(got);
        ASSERT_EQ(got->payload, message);
        ++read;
    }
}

TEST_F(Realtime, AProviderThatIsCutOffEndsTheSocketWith1011) {
    start_realtime();
    for (const bool reset : {false, true}) {
        auto session = open();
        ASSERT_TRUE(session.provider.text("{}"));
        EXPECT_EQ(shown(session.client.next()), "1:{}");
        reset ? session.provider.reset() : session.provider.close();
        EXPECT_EQ(session.client.next_close(), 1011);
        EXPECT_TRUE(session.client.ends());
    }
    for (auto& row : usage_rows(2)) {
        EXPECT_EQ(row["outcome"], "upstream_error");
    }
}

TEST_F(Realtime, ACutInAFrameNeverLooksComplete) {
    start_realtime();
    auto session = open();
    const auto frame = socket_frame(PeerRole::server, 1, std::string(1000, 'x'));
    session.provider.send(std::string_view(frame).substr(0, 500));
    session.provider.close();
    EXPECT_FALSE(session.client.next());
    EXPECT_EQ(session.client.unread(), frame.substr(0, 500));
}

TEST_F(Realtime, AClientThatLeavesClosesTheProviderAtOnce) {
    start_realtime();
    for (const bool reset : {false, true}) {
        auto session = open();
        reset ? session.client.reset() : session.client.close();
        EXPECT_EQ(session.provider.next_close(Milliseconds(1000)), 1001);
        EXPECT_TRUE(session.provider.ends(Milliseconds(1000)));
    }
    for (auto& row : usage_rows(2)) {
        EXPECT_EQ(row["outcome"], "client_closed");
    }
}

TEST_F(Realtime, ARefusedHandshakeIsAnHttpError) {
    start_realtime();
    struct Case {
        std::string bytes;
        int status;
        std::string code;
    };
    const std::string ours = R"({"error":{"message":"bad key )" + std::string(kUpstreamKey) + R"("}})";
    const std::string upgraded =
        "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
        std::string(kSocketAccept) + "\r\n";
    const Case cases[] = {
        {http_reply(401, ours), 502, "provider_auth_failed"},
        {http_reply(403, ours), 502, "provider_auth_failed"},
        {http_reply(429, "{}", "application/json", "Retry-After: 9\r\n"), 429, "rate_limit_exceeded"},
        {http_reply(500, "oops", "text/html"), 502, "upstream_error"},
        {http_reply(503, "{}"), 503, "overloaded"},
        {http_reply(200, "{}"), 502, "upstream_error"},
        {http_reply(302, "", "text/plain", "Location: http://127.0.0.1:1/\r\n"), 502, "upstream_error"},
        {"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", 502, "upstream_error"},
        {"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAA\r\n\r\n",
         502,
         "upstream_error"},
        {"HTTP/1.1 101 X\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
             std::string(kSocketAccept) + "\r\n\r\n",
         502,
         "upstream_error"},
        {upgraded + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n", 502, "upstream_error"},
        {upgraded + "Sec-WebSocket-Protocol: other\r\n\r\n", 502, "upstream_error"},
        {"hello", 502, "upstream_error"},
        {"", 502, "upstream_error"},
    };
    for (const auto& one : cases) {
        const auto reply = refused_by_provider(one.bytes);
        EXPECT_EQ(reply.status(), one.status) << one.bytes;
        EXPECT_EQ(error_field(reply, "code"), one.code) << one.bytes;
        EXPECT_THAT(reply.body, Not(HasSubstr(kUpstreamKey)));
        EXPECT_EQ(reply.headers.get("sec-websocket-accept"), "");
        EXPECT_EQ(reply.headers.get("connection"), "close");
        EXPECT_EQ(
            reply.headers.get("retry-after"),
            one.status == 429   ? "9"
            : one.status == 503 ? "1"
                                : ""
        ) << one.bytes;
    }
}

TEST_F(Realtime, OnlyAProperUpgradeIsTaken) {
    start_realtime();
    struct Case {
        std::string request;
        int status;
    };
    const std::string good = auth() + upgrade_lines();
    const auto without = [&](std::string_view line, std::string_view other = {}) {
        std::string lines = good;
        const auto at = lines.find(line);
        lines.replace(at, lines.find("\r\n", at) + 2 - at, other);
        return http_request("GET", kTarget, {}, lines);
    };
    const Case cases[] = {
        {http_request("GET", kTarget, {}, auth()), 426},
        {http_request("HEAD", kTarget, {}, good), 405},
        {http_request("POST", kTarget, {}, good), 405},
        {without("Upgrade: "), 426},
        {without("Upgrade: ", "Upgrade: h2c\r\n"), 426},
        {without("Connection: "), 426},
        {without("Sec-WebSocket-Version"), 426},
        {without("Sec-WebSocket-Version", "Sec-WebSocket-Version: 12\r\n"), 426},
        {without("Sec-WebSocket-Key"), 400},
        {without("Sec-WebSocket-Key", "Sec-WebSocket-Key: short\r\n"), 400},
        {http_request("GET", kTarget, {}, good + "Sec-WebSocket-Key: " + std::string(kSocketKey) + "\r\n"), 400},
        {http_request("GET", kTarget, "body", good), 400},
        {http_request("GET", "/v1/realtime", {}, good), 400},
        {http_request("GET", "/v1/realtime?model=", {}, good), 400},
        {http_request("GET", "/v1/realtime?model=rt-1&call_id=x", {}, good), 400},
        {http_request("GET", "/v1/realtime?model=none", {}, good), 404},
        {http_request("GET", kTarget, {}, upgrade_lines()), 401},
        {http_request("GET", kTarget, {}, "Authorization: Bearer sk-wrong\r\n" + upgrade_lines()), 401},
    };
    for (const auto& one : cases) {
        auto client = connect();
        ASSERT_TRUE(client.send(one.request));
        const auto reply = one.request.starts_with("HEAD") ? client.head_reply() : client.reply();
        ASSERT_TRUE(reply) << one.request;
        EXPECT_EQ(reply->status(), one.status) << one.request;
        EXPECT_EQ(reply->headers.get("sec-websocket-version"), one.status == 426 ? "13" : "") << one.request;
        EXPECT_EQ(reply->headers.get("upgrade"), one.status == 426 ? "websocket" : "");
    }
}

TEST_F(Realtime, BrowsersBringTheKeyInASubprotocol) {
    start_realtime();
    const auto request = [&](std::string_view secret) {
        return http_request(
            "GET",
            kTarget,
            {},
            upgrade_lines(
                "Sec-WebSocket-Protocol: realtime, openai-insecure-api-key." + std::string(secret) +
                ", openai-organization.org-1\r\n"
            )
        );
    };
    auto session = open_with(request(key), "Sec-WebSocket-Protocol: realtime\r\n");
    EXPECT_THAT(session.request, HasSubstr("\r\nSec-WebSocket-Protocol: realtime\r\n"));
    EXPECT_THAT(session.request, Not(HasSubstr(key)));
    EXPECT_THAT(session.request, Not(HasSubstr("insecure")));
    EXPECT_THAT(session.request, Not(HasSubstr("org-1")));
    EXPECT_THAT(session.reply, HasSubstr("\r\nSec-WebSocket-Protocol: realtime\r\n"));
    session.client.close();
    EXPECT_EQ(socket_row()["outcome"], "client_closed");
    const auto logged = server->output();
    EXPECT_THAT(logged.substr(logged.find("stderr:")), Not(HasSubstr(key.substr(8))));

    EXPECT_EQ(call(request("sk-wrong")).status(), 401);
    const std::string two = "Sec-WebSocket-Protocol: openai-insecure-api-key.a\r\n";
    EXPECT_EQ(call(http_request("GET", kTarget, {}, auth() + upgrade_lines(two))).status(), 400);
    ASSERT_EQ(server->command({"key", "revoke", usage_rows(1)[0]["key_id"]}).status, 0);
    ASSERT_TRUE(eventually([&] { return get("/v1/models").status() == 401; }));
    const auto reply = call(request(key));
    EXPECT_EQ(reply.status(), 401);
    EXPECT_EQ(error_field(reply, "code"), "invalid_api_key");
}

TEST_F(Realtime, ABadFrameEndsTheSocket) {
    start_realtime();
    {
        auto session = open();
        session.client.send(socket_frame(PeerRole::server, 1, "not masked"));
        EXPECT_EQ(session.client.next_close(), 1002);
        EXPECT_TRUE(session.client.ends());
        EXPECT_EQ(session.provider.next_close(), 1001);
        EXPECT_TRUE(session.provider.ends());
    }
    {
        auto session = open();
        session.provider.send("\xc1\x01x");
        EXPECT_EQ(session.provider.next_close(), 1002);
        EXPECT_TRUE(session.provider.ends());
        EXPECT_EQ(session.client.next_close(), 1011);
        EXPECT_TRUE(session.client.ends());
    }
    auto rows = usage_rows(2);
    EXPECT_EQ(rows[0]["outcome"], "refused");
    EXPECT_EQ(rows[1]["outcome"], "upstream_error");
}

TEST_F(Realtime, ASocketMayGoOnWhileTheServerStops) {
    start_realtime("shutdown_grace: 1s\n");
    auto session = open();
    server->terminate();
    ASSERT_TRUE(eventually([&] {
        return server->output().find("drain") != std::string::npos ||
               server->output().find("stop") != std::string::npos;
    }));
    ASSERT_TRUE(session.client.text("still here"));
    EXPECT_EQ(shown(session.provider.next()), "1:still here");
    EXPECT_EQ(session.client.next_close(), 1001);
    EXPECT_EQ(session.provider.next_close(), 1001);
    EXPECT_TRUE(session.client.ends());
    EXPECT_TRUE(session.provider.ends());
    EXPECT_EQ(server->wait_for_exit(), 0);
    EXPECT_EQ(socket_row()["outcome"], "cancelled");
}

TEST_F(Realtime, IdleAndTotalTimeEndASocket) {
    start_realtime("timeouts: { realtime_idle: 400ms, realtime_total: 1500ms }\n");
    auto idle = open();
    auto busy = open();
    const Deadline since;
    while (since.spent() < Milliseconds(1000)) {
        ASSERT_TRUE(busy.client.frame(9, "p"));
        ASSERT_EQ(shown(busy.provider.next()), "9:p");
        static_cast<void>(busy.client.next(Milliseconds(100)));
    }
    EXPECT_EQ(idle.client.next_close(Milliseconds(1)), 1001);
    EXPECT_EQ(idle.provider.next_close(), 1001);
    while (since.spent() < Milliseconds(5000) && busy.client.unread().empty()) {
        ASSERT_TRUE(busy.client.frame(9, "p"));
        if (shown(busy.provider.next()) != "9:p") {
            break;
        }
    }
    EXPECT_EQ(busy.client.next_close(), 1001);
    EXPECT_GE(since.spent(), Milliseconds(1300));
    for (auto& row : usage_rows(2)) {
        EXPECT_EQ(row["outcome"], "timeout");
    }
}

TEST_F(Realtime, TheNextProviderIsAskedBeforeThe101) {
    const Descriptor second = listen_local();
    start_with(realtime_config(
        "  other: { plugin: aihub.provider.openai, base_url: \"http://127.0.0.1:" + std::to_string(local_port(second)) +
        "/v1\", api_key: k2, models: [rt-1] }\n"
    ));
    // "other" stands before "rt" in the order of names.
    WebSocketPeer client = client_of(handshake());
    WebSocketPeer refusing(accept_local(second), PeerRole::server);
    ASSERT_THAT(refusing.head(), HasSubstr("Bearer k2"));
    refusing.send(http_reply(503, "{}"));
    auto provider = provider_side();
    ASSERT_THAT(provider.head(), HasSubstr("Bearer " + std::string(kUpstreamKey)));
    provider.send(accepted());
    EXPECT_THAT(client.head(), HasSubstr("x-aihub-provider: rt"));
    ASSERT_TRUE(client.text("hi"));
    EXPECT_EQ(shown(provider.next()), "1:hi");
}

TEST_F(Realtime, RefusedHandshakesCountAgainstTheProviderLikeRefusedRequests) {
    start_with(provider_config() + "breaker: { failures_max: 2, error_percent: 0, open: 1m }\n");
    EXPECT_EQ(refused_by_provider(http_reply(500, "{}")).status(), 502);
    EXPECT_EQ(metric("aihub_breaker_state{provider=\"rt\"}"), 0);
    EXPECT_EQ(refused_by_provider(http_reply(500, "{}")).status(), 502);
    EXPECT_EQ(metric("aihub_breaker_state{provider=\"rt\"}"), 2);
    const auto reply = call(handshake());  // Nobody takes its connection: it would wait.
    EXPECT_EQ(reply.status(), 503);
    EXPECT_EQ(error_field(reply, "code"), "provider_unavailable");
    EXPECT_THAT(reply.headers.get("retry-after"), ::testing::AnyOf("59", "60"));
    EXPECT_EQ(metric("aihub_upstream_failures_total{provider=\"rt\"}"), 2);
}

TEST_F(Realtime, AnOpenedSocketIsASuccessHoweverItEnds) {
    start_with(provider_config() + "breaker: { failures_max: 2, error_percent: 0, open: 1m }\n");
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(refused_by_provider(http_reply(500, "{}")).status(), 502);
        auto session = open();
        session.provider.reset();
        EXPECT_EQ(session.client.next_close(), 1011);
    }
    EXPECT_EQ(metric("aihub_breaker_state{provider=\"rt\"}"), 0);
}

TEST_F(Realtime, AnOpenSocketHoldsItsPlaceAtTheProvider) {
    start_with(provider_config(", in_flight_max: 1, queue_max: 0"));
    auto session = open();
    EXPECT_EQ(metric("aihub_provider_in_flight{provider=\"rt\"}"), 1);
    const auto reply = call(handshake());
    EXPECT_EQ(reply.status(), 503);
    EXPECT_EQ(error_field(reply, "code"), "overloaded");
    ASSERT_TRUE(session.client.text("still here"));
    EXPECT_EQ(shown(session.provider.next()), "1:still here");
    session.client.close();
    EXPECT_TRUE(eventually([&] { return metric("aihub_provider_in_flight{provider=\"rt\"}") == 0; }));
    auto next = open();
    EXPECT_THAT(next.reply, HasSubstr("101"));
}

TEST_F(Realtime, OtherRequestsAreNotUpgraded) {
    start();
    upstream.set_handler([](const UpstreamRequest&) { return Reply(http_reply(200, chat_answer())); });
    const auto reply = call(post(kChat, chat_body(), upgrade_lines()));
    EXPECT_EQ(reply.status(), 200);
    for (const auto& [name, value] : upstream.last().message.headers.list) {
        EXPECT_THAT(name, Not(::testing::AnyOf(StartsWith("Upgrade"), StartsWith("Sec-WebSocket"))));
    }
}

}  // namespace
}  // namespace aihub::testing
