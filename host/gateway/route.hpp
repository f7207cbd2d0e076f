// Step 4: verdict to candidates.
#pragma once

#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "gateway/call.hpp"
#include "gateway/decide.hpp"

#include <vector>

namespace aihub::gateway {

// Where the call can go, the first choice first; at least one. not_found: unknown model. invalid_request: no provider
// of the model takes this kind of request. unavailable: the provider is not loaded.
[[nodiscard]] Result<std::vector<catalog::Candidate>> route(const Call& call, const Verdict& verdict);

}  // namespace aihub::gateway
