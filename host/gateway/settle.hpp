// Step 8: what was used.
#pragma once

#include "gateway/admit.hpp"
#include "gateway/attempt.hpp"
#include "gateway/trail.hpp"

namespace aihub::gateway {

// Writes what `attempt` used into the trail and gives the lease back. Called for every admitted call, however it ended.
void settle(Lease lease, const Attempt* attempt, Trail& trail);

}  // namespace aihub::gateway
