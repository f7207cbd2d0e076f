// Web sockets through the gateway: a raw client on one side, a raw provider on the other.
#pragma once

#include "gateway_fixture.hpp"
#include "support/websocket_peer.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace aihub::testing {

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
        EXPECT_THAT(session.reply, ::testing::StartsWith("HTTP/1.1 101 "));
        return session;
    }
    [[nodiscard]] Session open() { return open_with(handshake()); }
    // The answer to `request` when the provider answers the handshake with `bytes`.
    Message refused_by_provider(std::string_view bytes) {
        auto client = connect();
        EXPECT_TRUE(client.send(handshake()));
        auto provider = provider_side();
        EXPECT_THAT(provider.head(), ::testing::StartsWith("GET /v1/realtime"));
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

}  // namespace aihub::testing
