// The canonical form of a chat, written as a request of the Messages API.
#pragma once

#include "json_texts.hpp"
#include "settings.hpp"
#include "wire_names.hpp"

#include <aihub/call.hpp>
#include <aihub/result.hpp>

#include <string>

namespace aihub::provider_anthropic {

// What is sent, and what must be known to read the answer.
struct ChatBody {
    std::string json;
    WireNames names;
    std::string answer_tool;  // whose arguments are the text of the answer; empty: there is none
};

// What the API cannot be told, or not as it was said, is named to `dropped`. An error names what the provider cannot
// take.
[[nodiscard]] Result<ChatBody> chat_body(const sdk::Request& request, const Settings& settings, Dropped& dropped);

}  // namespace aihub::provider_anthropic
