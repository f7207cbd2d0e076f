// POST /v1/feedback: what a user thought of an answer.
#pragma once

#include "base/result.hpp"
#include "capability/provider.hpp"
#include "experiment/feedback_store.hpp"
#include "gateway/inquiry.hpp"
#include "model/principal.hpp"

#include <span>

namespace aihub::gateway {

// From the members of the body: request_id, score, and perhaps comment, which is left out unless `store_comments`.
// invalid_request: one is missing, wrong or unknown.
[[nodiscard]] Result<experiment::Feedback> read_feedback(
    std::span<const capability::JsonMember> members, bool store_comments
);

// Of a call whose body was received: hands it to the writer, and answers 202. unavailable: the writer is behind.
[[nodiscard]] Result<Answer> take_feedback(
    const Services& services, const Call& call, const model::Principal& principal
);

}  // namespace aihub::gateway
