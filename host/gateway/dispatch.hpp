// Step 6: candidates to an answer that has begun well.
#pragma once

#include "gateway/attempt.hpp"
#include "gateway/refusal.hpp"
#include "gateway/worker.hpp"
#include "net/task.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace aihub::gateway {

// Either an attempt whose first output is there (or which ended well without any), or the reason why no candidate could
// answer.
struct Dispatched {
    std::unique_ptr<Attempt> attempt;
    std::optional<Refusal> refusal;
};

// Tries the candidates in turn until one begins to answer. The next one is tried only when the last one cannot have
// done the work: it was not reached, or it said itself that it would not. Nothing has been sent to the client when it
// returns.
[[nodiscard]] net::Task<Dispatched> dispatch(
    Worker& worker, Call& call, const std::vector<catalog::Candidate>& candidates, ActiveCall& active
);

}  // namespace aihub::gateway
