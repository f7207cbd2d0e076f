// Step 9: the facts of the call to metrics, log and the usage writer.
#pragma once

#include "gateway/call.hpp"
#include "gateway/worker.hpp"

namespace aihub::gateway {

// Called once for every call, refusals too. The row goes to the usage writer's queue; nothing here blocks.
void record(Worker& worker, Call& call);

// An attempt that is not the call's answer (the loser of a race, a shadow), when it was charged or ended well: its
// tokens in the metrics, and a row of its own with the call's request id and `suffix` behind it.
void record_beside(
    Worker& worker,
    const Call& call,
    const catalog::Candidate& candidate,
    const Attempt& attempt,
    std::string_view suffix
);

}  // namespace aihub::gateway
