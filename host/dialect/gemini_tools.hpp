// The tools of gemini.generate.
#pragma once

#include "dialect/chat_builder.hpp"
#include "dialect/request_check.hpp"

namespace aihub::dialect {

// The functions; what else is in `tools`, as {"googleSearch":{}}, becomes a tool of the format's own.
[[nodiscard]] Result<void> read_gemini_tools(const JsonValue& tools, const Place& place, ChatBuilder& builder);
// toolConfig: which of the functions may be called.
[[nodiscard]] Result<void> read_gemini_tool_config(const JsonValue& config, const Place& place, ChatBuilder& builder);

}  // namespace aihub::dialect
