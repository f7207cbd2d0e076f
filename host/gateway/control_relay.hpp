// The way to the management API, which shares the port with model calls and nothing else.
#pragma once

#include "gateway/body_reader.hpp"
#include "gateway/call.hpp"
#include "gateway/relay.hpp"
#include "net/connection.hpp"
#include "net/task.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::gateway {

class Worker;

// Where the management API is and what it may be sent. One for all workers; immutable but for the count.
struct ControlDoor {
    std::string socket;                 // of the Unix domain
    std::vector<std::string> prefixes;  // "/v1/policies": the path itself and all below it
    std::size_t requests_max = 0;       // that run or wait at a time; over it 503
    std::size_t body_bytes_max = 0;
    std::chrono::milliseconds timeout{0};  // until its answer begins; 504
    std::atomic<std::size_t> requests{0};
};

// Whether a path that the gateway does not know belongs to the management API.
[[nodiscard]] bool leads_to_control(Worker& worker, std::string_view path);

// Passes the request on and the answer back. A key is needed before the body is read, and the body is there before the
// management API hears of the request: so nobody can hold up one of its threads by being slow, nor without a key. Each
// request has a connection of its own with framing and fields made here: of the client's fields only those go along
// that mean something there, and what the request says of its origin is ours. The answer is passed on as it comes.
//
// unauthorized, rate_limited, too_large and the other errors of receiving; unavailable: the management API is not there
// or has as much to do as it may; upstream_timeout: it did not begin to answer in time.
[[nodiscard]] net::Task<Result<Relayed>> ask_control(
    Worker& worker, net::Connection& client, ClientInput& input, Call& call
);

}  // namespace aihub::gateway
