// What a provider's error means.
#pragma once

#include <aihub/call.hpp>

#include <chrono>
#include <string_view>

namespace aihub::provider_openai {

// The failure for a reply that is an error. `http_status` is the reply's; it may be 200 when the error came inside a
// stream or a JSON reply. `body` is the whole reply or frame, of any kind: JSON in one of the usual shapes, HTML, text.
// The kind follows from what the error says first, then from the status. Messages of credential errors are replaced,
// because they may quote the key; nothing of a body that is not JSON is passed on.
[[nodiscard]] sdk::Failure provider_failure(
    int http_status, std::string_view body, std::chrono::nanoseconds retry_after
);

}  // namespace aihub::provider_openai
