// A chat of the canonical form as a request of generateContent.
#pragma once

#include "chat_context.hpp"

#include <aihub/result.hpp>

namespace aihub::provider_google {

// What Gemini cannot be told is named to `context.drops`. Error: what it cannot do without.
[[nodiscard]] Result<std::string> make_chat_body(const ChatContext& context);

}  // namespace aihub::provider_google
