// How web sockets are opened, and why they are not.
#include "realtime_fixture.hpp"

namespace aihub::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class RealtimeHandshake : public Realtime {};

TEST_F(RealtimeHandshake, ARefusedHandshakeIsAnHttpError) {
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

TEST_F(RealtimeHandshake, OnlyAProperUpgradeIsTaken) {
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

TEST_F(RealtimeHandshake, BrowsersBringTheKeyInASubprotocol) {
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

TEST_F(RealtimeHandshake, TheNextProviderIsAskedBeforeThe101) {
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
    EXPECT_EQ(provider.next().value_or(PeerFrame{}).payload, "hi");
}

TEST_F(RealtimeHandshake, RefusedHandshakesCountAgainstTheProviderLikeRefusedRequests) {
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

TEST_F(RealtimeHandshake, OtherRequestsAreNotUpgraded) {
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
