// How long a provider asks to wait.
#pragma once

#include <aihub/provider_codec.hpp>

#include <chrono>

namespace aihub::provider_openai {

// From retry-after-ms, or Retry-After in seconds or as a date (RFC 9110 section 10.2.3), compared with `wall_now`
// (since 1970). Zero: not said, not readable, or in the past. At most one day.
[[nodiscard]] std::chrono::nanoseconds read_retry_after(const sdk::Headers& headers, std::chrono::nanoseconds wall_now);

}  // namespace aihub::provider_openai
