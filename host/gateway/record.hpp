// Step 9: the facts of the call to metrics, log and the usage writer.
#pragma once

#include "gateway/call.hpp"
#include "gateway/worker.hpp"

namespace aihub::gateway {

// Called once for every call, refusals too. The row goes to the usage writer's queue; nothing here blocks.
void record(Worker& worker, Call& call);

// What a row beside that of the call is about.
struct Beside {
    std::string_view suffix;  // behind the call's request id
    bool of_answer = false;   // the client has it, so that it has a price like the rest
};
// An attempt that is not the call's answer, or not its end (the loser of a race, a shadow, what broke off), when it was
// charged or ended well: its tokens in the metrics, and a row of its own.
void record_beside(
    Worker& worker, Call& call, const catalog::Candidate& candidate, const Attempt& attempt, const Beside& beside
);

}  // namespace aihub::gateway
