// Step 1: bytes to call.
#pragma once

#include "gateway/body_reader.hpp"
#include "gateway/call.hpp"
#include "gateway/form_tail.hpp"
#include "net/connection.hpp"
#include "net/task.hpp"

#include <atomic>
#include <cstddef>
#include <string_view>

namespace aihub::gateway {

class Worker;

enum class Received { call, closed };

// Waits for the next request and reads its head, within the limits and time-outs of the configuration. `closed`: the
// client ended the connection between two requests, or was idle too long; there is nothing to answer. After an error
// the connection must be closed once the error is answered: what follows cannot be trusted.
[[nodiscard]] net::Task<Result<Received>> receive(
    Worker& worker, net::Connection& client, ClientInput& input, Call& call
);

// The second half, for those who may call: reads the body and looks into it. Nobody without a key can make the gateway
// hold a body. Of a large form only the beginning is read, enough to choose a provider: `body.done()` tells, and what
// is to be checked in the rest is given. After an error the connection can go on only if `body_read` is set.
[[nodiscard]] net::Task<Result<FormTailPtr>> receive_body(
    Worker& worker, net::Connection& client, BodyReader& body, Call& call
);

// What a body that is held whole may have.
struct WholeBody {
    std::atomic<std::size_t>& total;  // what all such bodies hold
    std::size_t bytes_max;
    std::string_view key;  // that says so
};

// Of a request that is no model call: reads the body into `call.body`, decoded, and does not look into it. The same
// errors.
[[nodiscard]] net::Task<Result<void>> receive_whole(
    net::Connection& client, BodyReader& body, Call& call, WholeBody limit
);

}  // namespace aihub::gateway
