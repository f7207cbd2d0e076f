// Step 7: the answer to the client.
#pragma once

#include "gateway/dispatch.hpp"
#include "gateway/worker.hpp"
#include "model/outcome.hpp"
#include "net/task.hpp"

namespace aihub::gateway {

// How the answer went. It always comes with what was used so far (in the attempt), so that a cut stream is recorded
// with what was delivered.
struct Relayed {
    model::Outcome outcome = model::Outcome::completed;
    int status = 200;
    // Whether the client's connection can serve the next request: the answer ended as its framing says.
    bool intact = true;
};

// Sends what the attempt brings to the client, piece by piece, each before the next is read: a slow client slows its
// provider. The provider gets its connection and the place among its calls back as soon as a whole answer has come,
// before the client has it; of every other answer they are still `dispatched`'s. A failure after the first byte becomes
// an error event, and the connection closes without the end marker of the format and without the last chunk, so that a
// cut answer never looks complete.
[[nodiscard]] net::Task<Relayed> relay(
    Worker& worker, net::Connection& client, Call& call, Dispatched& dispatched, ActiveCall& active
);

}  // namespace aihub::gateway
