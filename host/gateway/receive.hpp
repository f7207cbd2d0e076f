// Step 1: bytes to call.
#pragma once

#include <string>

#include "gateway/call.hpp"
#include "net/connection.hpp"
#include "net/task.hpp"

namespace aihub::gateway {

class Worker;

// What is left of the client's bytes between two requests of one connection.
struct ClientInput {
    std::string carry;
};

enum class Received { call, closed };

// Waits for the next request and reads it whole: head and body, within the limits and time-outs of the configuration.
// `closed`: the client ended the connection between two requests, or was idle too long; there is nothing to answer.
// After an error the connection must be closed once the error is answered: what follows cannot be trusted.
[[nodiscard]] net::Task<Result<Received>> receive(
    Worker& worker, net::Connection& client, ClientInput& input, Call& call
);

}  // namespace aihub::gateway
