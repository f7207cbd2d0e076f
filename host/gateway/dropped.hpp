// Parts of a translated request that a provider was not told.
#pragma once

#include "base/result.hpp"
#include "gateway/call.hpp"

#include <string>
#include <vector>

namespace aihub::gateway {

// Whether the call goes on without them. An error: its client (x-aihub-strict) or its provider (strict) wants them
// told; invalid_request, with the first as param. It names them as the client does.
[[nodiscard]] Result<void> may_drop(const Call& call, bool strict_provider, const std::vector<std::string>& dropped);

// For a header: "logprobs,seed", each in the client's own name and once, at most 256 bytes; "..." at its end says that
// there are more.
[[nodiscard]] std::string listed(const Call& call, const std::vector<std::string>& dropped);

}  // namespace aihub::gateway
