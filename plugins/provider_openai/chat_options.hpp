// Everything of a canonical chat beside its messages and tools.
#pragma once

#include "chat_messages.hpp"

namespace aihub::provider_openai {

// Writes the members of the body. What the model or the service refuses is left out and named.
void write_options(sdk::JsonWriter& json, const sdk::ChatRequest& chat, ChatWire& wire);

}  // namespace aihub::provider_openai
