// A request of openai.chat as the canonical form.
#pragma once

#include "dialect/chat_builder.hpp"
#include "dialect/request_check.hpp"

namespace aihub::dialect {

[[nodiscard]] Result<void> read_openai_chat(const JsonValue& root, ChatBuilder& builder);

}  // namespace aihub::dialect
