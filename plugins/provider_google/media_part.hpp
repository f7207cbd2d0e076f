// Images, sounds, films and documents for Gemini.
#pragma once

#include "chat_context.hpp"

#include <aihub/json_write.hpp>
#include <aihub/result.hpp>

namespace aihub::provider_google {

// Writes the part for a block that is one of these. Error: it is stored where Gemini cannot read it.
[[nodiscard]] Result<void> write_media(sdk::JsonWriter& json, const sdk::ChatBlock& block, const ChatContext& context);

// Whether a block is one.
[[nodiscard]] bool is_media(sdk::BlockKind kind);

}  // namespace aihub::provider_google
