// Step 7 for web sockets: both directions until it closes.
#pragma once

#include "gateway/relay.hpp"
#include "gateway/socket_attempt.hpp"

#include <string>

namespace aihub::gateway {

// How long a side may take to answer a close frame, and how long one may take after the other has gone.
constexpr std::chrono::seconds kSocketCloseWait{5};
constexpr std::chrono::seconds kSocketGoneWait{1};

// Answers the client with 101 and passes frames on as they come, unchanged, in both directions. One side is read only
// when the other has taken what came before, so a slow one slows the other and memory is bounded; one that takes
// nothing for timeouts.write has gone. Close frames pass with their codes. A side that goes without one: the other gets
// 1011 (the client) or 1001 (the provider) at a frame boundary. A frame that must not be ends the socket: 1002 to its
// sender, or 1009 when the message is over limits.realtime_message_bytes_max. timeouts.realtime_idle,
// timeouts.realtime_total and the end of shutdown_grace end it with 1001 to both.
//
// Text messages of the provider up to limits.stream_frame_bytes_max are shown to the codec; for each response that it
// reports there is a usage row of its own, operation "realtime_response".
//
// `early`: what the client sent behind its request.
[[nodiscard]] net::Task<Relayed> relay_socket(
    Worker& worker, net::Connection& client, std::string early, Call& call, SocketAttempt& attempt
);

}  // namespace aihub::gateway
