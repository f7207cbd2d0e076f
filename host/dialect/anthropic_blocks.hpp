// The content of a message of anthropic.messages.
#pragma once

#include "dialect/chat_builder.hpp"
#include "dialect/request_check.hpp"

#include <vector>

namespace aihub::dialect {

// The pieces of `content`, which is a string or an array of blocks. Blocks of a type that is not known are kept as the
// format's own: there are more of them every year.
[[nodiscard]] Result<std::vector<ChatBlock>> anthropic_content(
    const JsonValue& content, const Place& place, ChatBuilder& builder
);

}  // namespace aihub::dialect
