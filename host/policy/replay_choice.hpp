// Which of the recorded calls a replay looks at, in the words of people.
#pragma once

#include "base/result.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>

namespace aihub::policy {

// "24h", "30m" or "7d". invalid_request: something else; the message says what is right.
[[nodiscard]] Result<std::chrono::seconds> time_span(std::string_view text);
// 5 or 0.01, in percent, as the share of 10000 requests that ReplayOptions::sample is. invalid_request: not 0.01 to
// 100.
[[nodiscard]] Result<std::uint32_t> sample_share(double percent);

}  // namespace aihub::policy
