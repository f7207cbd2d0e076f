// The content of one message.
#pragma once

#include "chat_messages.hpp"

#include <aihub/chat.hpp>
#include <aihub/json_write.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace aihub::provider_openai {

using Blocks = std::vector<const sdk::ChatBlock*>;

// The texts of the blocks, joined with line ends: a JSON string.
[[nodiscard]] std::string joined_text(const Blocks& blocks);

// Those blocks that this format can say; it names the others.
[[nodiscard]] Blocks sayable(const Blocks& blocks, ChatWire& wire);

// Writes the value of `content` of blocks that are sayable: a string when there is one text only, otherwise parts.
void write_content(sdk::JsonWriter& json, const Blocks& blocks, ChatWire& wire);

}  // namespace aihub::provider_openai
