// What went wrong, from an error of the API or of something before it.
#pragma once

#include <aihub/call.hpp>
#include <aihub/provider_codec.hpp>

#include <chrono>
#include <string_view>

namespace aihub::provider_anthropic {

enum class Detail { with, without };  // the provider's error object: for clients that speak its format

// `body`: whatever came; an error that can be read decides more than the status. The message holds no address.
[[nodiscard]] sdk::Failure provider_failure(
    int http_status, std::string_view body, std::chrono::nanoseconds retry_after, Detail detail
);

}  // namespace aihub::provider_anthropic
