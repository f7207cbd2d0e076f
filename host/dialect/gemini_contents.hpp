// The contents of gemini.generate.
#pragma once

#include "dialect/chat_builder.hpp"
#include "dialect/request_check.hpp"

namespace aihub::dialect {

// Appends what `contents` say. A functionResponse without an id answers the last call of that name that waits.
[[nodiscard]] Result<void> read_gemini_contents(const JsonValue& contents, const Place& place, ChatBuilder& builder);
// A text, or a content whose parts are texts.
[[nodiscard]] Result<void> read_gemini_instructions(
    const JsonValue& instruction, const Place& place, ChatBuilder& builder
);

}  // namespace aihub::dialect
