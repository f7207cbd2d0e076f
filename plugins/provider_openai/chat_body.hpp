// A canonical chat as the body of a request to /chat/completions.
#pragma once

#include "chat_messages.hpp"

#include <aihub/call.hpp>
#include <aihub/result.hpp>

#include <string>

namespace aihub::provider_openai {

enum class AskUsage;

// The body. What it leaves out it names in `wire`. The same request makes the same bytes. An error: there is nothing to
// answer, or the request is not the canonical form.
[[nodiscard]] Result<std::string> chat_body(const sdk::Request& request, AskUsage ask, ChatWire& wire);

}  // namespace aihub::provider_openai
