// A request of openai.responses as the canonical form.
#pragma once

#include "dialect/chat_builder.hpp"
#include "dialect/request_check.hpp"

namespace aihub::dialect {

// What needs a stored answer of an earlier request is an error: the whole conversation has to come with the request.
[[nodiscard]] Result<void> read_openai_responses(const JsonValue& root, ChatBuilder& builder);

}  // namespace aihub::dialect
