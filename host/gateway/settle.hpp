// Step 8: what was used, and what it costs.
#pragma once

#include "gateway/admit.hpp"
#include "gateway/attempt.hpp"

namespace aihub::gateway {

class Worker;

// Writes what `attempt` used into the trail and gives the lease back. Called for every admitted call, however it ended.
// What it costs is for the policy `price` to say; without an answer of a provider there is nothing to pay. The
// responses of a web socket have rows and prices of their own.
void settle(Worker& worker, Call& call, Lease lease, Attempt* attempt);

}  // namespace aihub::gateway
