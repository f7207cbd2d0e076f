// Whole replies in place of the stream that was asked for, from servers that do not stream these formats.
#pragma once

#include <aihub/call.hpp>

#include <string>
#include <string_view>

namespace aihub::provider_openai {

// The same JSON without line ends: many clients take each line of an event for one of its own. A view of `json`, or of
// `room`, where it had to be changed.
[[nodiscard]] std::string_view on_one_line(std::string_view json, std::string& room);

// Tells `body` as the events that a stream of it would have had: created, the items of its output with their text or
// arguments in one delta each, and completed, incomplete or failed, as its status says. False: it is no such object, or
// one that has not ended (queued, in_progress, cancelled); nothing was told.
[[nodiscard]] bool tell_response_as_events(std::string_view body, sdk::Call& call);

// Tells an images reply as one event of that type for each picture. False: one of them is not in the reply itself, or
// it is no such reply; nothing was told.
[[nodiscard]] bool tell_images_as_events(std::string_view body, std::string_view type, sdk::Call& call);

}  // namespace aihub::provider_openai
