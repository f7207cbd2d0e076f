// The messages of openai.chat.
#pragma once

#include "dialect/chat_builder.hpp"
#include "dialect/request_check.hpp"

namespace aihub::dialect {

// Appends what `messages` say. Error: they are no list of messages as the format has them.
[[nodiscard]] Result<void> read_openai_messages(const JsonValue& messages, const Place& place, ChatBuilder& builder);

}  // namespace aihub::dialect
