// generationConfig of gemini.generate.
#pragma once

#include "dialect/chat_builder.hpp"
#include "dialect/request_check.hpp"

namespace aihub::dialect {

// Members that have no place of their own become fields called "generationConfig.<member>".
[[nodiscard]] Result<void> read_gemini_config(const JsonValue& config, const Place& place, ChatBuilder& builder);

}  // namespace aihub::dialect
