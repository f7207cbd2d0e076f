// How the answer is to be made: Gemini's `generationConfig`.
#pragma once

#include "chat_context.hpp"
#include "members.hpp"

#include <aihub/result.hpp>

namespace aihub::provider_google {

// Sets its members; `thinking` gets those of its thinkingConfig. Error: a schema that cannot be cut down to the subset.
[[nodiscard]] Result<void> set_config(Members& config, Members& thinking, const ChatContext& context);

}  // namespace aihub::provider_google
