// A request of anthropic.messages as the canonical form.
#pragma once

#include "dialect/chat_builder.hpp"
#include "dialect/request_check.hpp"

namespace aihub::dialect {

[[nodiscard]] Result<void> read_anthropic_messages(const JsonValue& root, ChatBuilder& builder);

}  // namespace aihub::dialect
