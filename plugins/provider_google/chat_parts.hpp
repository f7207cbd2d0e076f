// The messages of a chat as Gemini's `contents`.
#pragma once

#include "chat_context.hpp"

#include <aihub/json_write.hpp>
#include <aihub/result.hpp>

namespace aihub::provider_google {

// Writes the members `systemInstruction` and `contents`. The first content is always the user's. Error: a part that
// Gemini cannot be told, such as the result of a call that nobody made.
[[nodiscard]] Result<void> write_contents(sdk::JsonWriter& json, const ChatContext& context);

}  // namespace aihub::provider_google
