// How a call ended.
#pragma once

#include <string_view>

namespace aihub::model {

enum class Outcome {
    completed,       // the client got the whole answer
    refused,         // by us, before any attempt: credential, model, limits, bad input
    upstream_error,  // the provider failed, before or after the first byte
    timeout,         // a deadline passed
    client_closed,   // the client left
    cancelled,       // ended by us: shutdown
    internal_error,  // a fault of ours
};

[[nodiscard]] constexpr std::string_view outcome_name(Outcome outcome) {
    constexpr std::string_view kNames[] = {
        "completed", "refused", "upstream_error", "timeout", "client_closed", "cancelled", "internal_error"};
    return kNames[static_cast<int>(outcome)];
}

}  // namespace aihub::model
