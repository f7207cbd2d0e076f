// The input of openai.responses: a text, or items.
#pragma once

#include "dialect/chat_builder.hpp"
#include "dialect/request_check.hpp"

namespace aihub::dialect {

// Appends what `input` says. Items that only the format knows become pieces of its own.
//
// A reasoning item with a summary or words, be they empty, has its encrypted_content as their signature; one without
// any is a redacted thought.
[[nodiscard]] Result<void> read_responses_input(const JsonValue& input, const Place& place, ChatBuilder& builder);

}  // namespace aihub::dialect
