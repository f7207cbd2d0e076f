// Embeddings that come in the canonical form.
#pragma once

#include "chat_style.hpp"
#include "dropped.hpp"

#include <aihub/call.hpp>
#include <aihub/result.hpp>

#include <string>
#include <string_view>

namespace aihub::provider_openai {

// The body of a request to /embeddings. An error: there is nothing to embed.
[[nodiscard]] Result<std::string> embeddings_body(
    const sdk::Request& request, const ChatStyle& style, Dropped& dropped
);

// Tells the vectors of a reply, which may be lists of numbers or base64. False: there is none, or one is neither.
[[nodiscard]] bool tell_embeddings(std::string_view reply, sdk::Call& call);

}  // namespace aihub::provider_openai
