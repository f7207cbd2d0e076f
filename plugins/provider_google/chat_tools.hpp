// Functions and the choice among them.
#pragma once

#include "chat_context.hpp"
#include "members.hpp"

#include <aihub/result.hpp>

namespace aihub::provider_google {

// The member `tools`, as JSON text; empty: there are none. Error: a schema that cannot be cut down to the subset.
[[nodiscard]] Result<std::string> make_tools(const ChatContext& context);

// Sets the members of `toolConfig`.
void set_tool_choice(Members& tool_config, const ChatContext& context);

}  // namespace aihub::provider_google
