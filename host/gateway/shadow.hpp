// Copies of calls for another model, whose answers nobody sees.
#pragma once

#include "catalog/catalog.hpp"
#include "gateway/call.hpp"

namespace aihub::gateway {

class Worker;

// Sends a copy of an admitted call to the shadow of its route, when it has one, by chance as often as that says. The
// copy has no part in the client's call: it holds its own body, waits for nothing, its failures are nobody's, and its
// answer is thrown away. Its usage row has the request id with "-shadow" behind it. None is made when as many are under
// way as limits.shadow_calls_max says, when there is no memory for the body, or when the body was not read whole; that
// is counted.
void cast_shadow(Worker& worker, const Call& call, const catalog::Candidate& candidate);

}  // namespace aihub::gateway
