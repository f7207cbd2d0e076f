// Why an answer ended.
#pragma once

#include <string_view>

namespace aihub::provider_anthropic {

// The word of the canonical set for a raw `stop_reason`; words that are not known are "stop".
[[nodiscard]] std::string_view finish_reason(std::string_view raw);

}  // namespace aihub::provider_anthropic
