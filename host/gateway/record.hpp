// Step 9: the facts of the call to metrics, log and the usage writer.
#pragma once

#include "gateway/call.hpp"
#include "gateway/worker.hpp"

namespace aihub::gateway {

// Called once for every call, refusals too. The row goes to the usage writer's queue; nothing here blocks.
void record(Worker& worker, Call& call);

}  // namespace aihub::gateway
