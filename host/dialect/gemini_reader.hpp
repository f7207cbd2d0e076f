// A request of gemini.generate as the canonical form.
#pragma once

#include "dialect/chat_builder.hpp"
#include "dialect/request_check.hpp"

namespace aihub::dialect {

// Members may be spelled in camel case or with underscores.
[[nodiscard]] Result<void> read_gemini(const JsonValue& root, ChatBuilder& builder);

}  // namespace aihub::dialect
