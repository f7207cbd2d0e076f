// The upgrade of a request to a web socket (RFC 6455 section 4), as far as the client sees it.
#pragma once

#include "gateway/call.hpp"
#include "net/target.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aihub::gateway {

// What a client's handshake says. Views point into the call's head.
struct Upgrade {
    std::string_view key;                     // Sec-WebSocket-Key
    std::string_view credential;              // an API key in a subprotocol, for browsers; empty: none
    std::vector<std::string_view> protocols;  // subprotocols for the provider, in the client's order
    bool several_credentials = false;
};

// Reads the handshake of `head`. upgrade_required (426): it asks for no web socket, or for another version than 13.
// invalid_request: it does, but not as it has to.
[[nodiscard]] Result<Upgrade> parse_upgrade(const net::RequestHead& head);

// The API key that browsers, which cannot set headers, put into a subprotocol; empty: there is none.
[[nodiscard]] std::string_view credential_protocol(const net::RequestHead& head);

// Part of step 1 for operations that are a web socket: checks the handshake and takes the model from the query.
[[nodiscard]] Result<void> receive_upgrade(const net::Target& target, Call& call);

// The 101 to the client. `protocol` is the one that the provider chose; empty: none.
void append_upgrade_head(std::string& out, const Call& call, std::string_view key, std::string_view protocol);

}  // namespace aihub::gateway
