// Events of a realtime session.
#pragma once

#include <aihub/call.hpp>

#include <optional>
#include <string_view>

namespace aihub::provider_openai {

// What a server event says was used: by a response that is done, or by a transcription of what the user said. No value
// for all other events, of which there are many: they are not parsed.
[[nodiscard]] std::optional<sdk::Usage> realtime_usage(std::string_view event);

}  // namespace aihub::provider_openai
