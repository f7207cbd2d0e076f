// A gateway worker with a provider that is a web socket, which the test plays.
#pragma once

#include "support/websocket_peer.hpp"
#include "support/worker_fixture.hpp"

#include <string>

namespace aihub::testing {

class SocketTest : public WorkerTest {
protected:
    SocketTest() {
        auto codec = std::make_shared<FakeCodec>(std::vector<std::string>{"openai.realtime"});
        add("acme", codec, {"talk"});
        config.providers["acme"].base_url = "http://127.0.0.1:" + std::to_string(local_port(listener)) + "/base";
        provider_codec = codec.get();
    }
    [[nodiscard]] WebSocketPeer dial() const {
        WebSocketPeer client(connect_local(port), PeerRole::client);
        client.send(http_request(
            "GET",
            "/v1/realtime?model=talk",
            {},
            auth() + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
                std::string(kSocketKey) + "\r\n"
        ));
        return client;
    }
    [[nodiscard]] WebSocketPeer taken() const { return WebSocketPeer(accept_local(listener), PeerRole::server); }
    static std::string accepted(std::string_view behind = {}) {
        return "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
               std::string(kSocketAccept) + "\r\n\r\n" + std::string(behind);
    }

    Descriptor listener = listen_local();
    FakeCodec* provider_codec = nullptr;
};

}  // namespace aihub::testing
