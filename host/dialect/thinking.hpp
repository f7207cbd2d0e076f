// {"thinking":{"type":"enabled","budget_tokens":2048}}: Anthropic's switch, which clients of other formats send as
// well.
#pragma once

#include "dialect/request_check.hpp"

namespace aihub::dialect {

// Error: it is no such object, or it is enabled with a budget of less than one token.
[[nodiscard]] Result<void> read_thinking(const JsonValue& thinking, const Place& place, sdk::ChatReasoning& into);

}  // namespace aihub::dialect
