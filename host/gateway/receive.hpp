// Step 1: bytes to call.
#pragma once

#include "gateway/call.hpp"
#include "net/connection.hpp"
#include "net/task.hpp"

#include <string>

namespace aihub::gateway {

class Worker;

// What a client connection keeps between two requests.
struct ClientInput {
    std::string carry;         // bytes that came behind the last one
    std::size_t requests = 0;  // that were received
};

enum class Received { call, closed };

// Waits for the next request and reads its head, within the limits and time-outs of the configuration. `closed`: the
// client ended the connection between two requests, or was idle too long; there is nothing to answer. After an error
// the connection must be closed once the error is answered: what follows cannot be trusted.
[[nodiscard]] net::Task<Result<Received>> receive(
    Worker& worker, net::Connection& client, ClientInput& input, Call& call
);

// The second half, for those who may call: reads the body and looks into it. Nobody without a key can make the gateway
// hold a body. After an error the connection can go on only if `body_read` is set.
[[nodiscard]] net::Task<Result<void>> receive_body(
    Worker& worker, net::Connection& client, ClientInput& input, Call& call
);

}  // namespace aihub::gateway
