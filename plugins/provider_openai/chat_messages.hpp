// The messages of a canonical chat, as this format has them.
#pragma once

#include "chat_style.hpp"
#include "dropped.hpp"
#include "model_traits.hpp"
#include "wire_names.hpp"

#include <aihub/chat.hpp>
#include <aihub/json_write.hpp>

#include <string_view>

namespace aihub::provider_openai {

// As the canonical form names this format.
inline constexpr std::string_view kOwnFormat = "\"openai.chat\"";

// What a request is written with. `names` and `dropped` learn from it.
struct ChatWire {
    const ChatStyle& style;
    ModelTraits traits;
    ToolNames& names;
    Dropped& dropped;
    bool has_tools = false;
};

// Writes the array `messages`. Instructions are one message in front, or a part of the first one if the model takes
// none; the results of tools one message each; images and files among them follow in the user's message, as only texts
// may stand in a result. False: nothing of it can be said in this format.
[[nodiscard]] bool write_messages(sdk::JsonWriter& json, const sdk::ChatRequest& chat, ChatWire& wire);

}  // namespace aihub::provider_openai
