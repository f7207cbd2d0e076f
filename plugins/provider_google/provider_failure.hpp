// Why a request failed, in Google's words.
#pragma once

#include <aihub/provider_codec.hpp>

#include <chrono>
#include <string_view>

namespace aihub::provider_google {

// The failure that `body` tells: {"error": {...}}, the same in a list, or anything that a proxy may write.
// `retry_after` is that of the header; the body's own is preferred.
[[nodiscard]] sdk::Failure provider_failure(int status, std::string_view body, std::chrono::nanoseconds retry_after);

}  // namespace aihub::provider_google
