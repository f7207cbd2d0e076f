// A whole JSON reply to a request for a stream, from servers that do not stream.
#pragma once

#include <aihub/call.hpp>

#include <string_view>

namespace aihub::provider_openai {

// Tells a `chat.completion` as events, so that the host can make a stream of it. Finish reasons, usage and model are
// not told: the codec has done that. False: not a readable reply.
[[nodiscard]] bool tell_as_events(std::string_view json, sdk::Call& call);

}  // namespace aihub::provider_openai
