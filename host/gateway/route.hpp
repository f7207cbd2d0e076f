// Step 4: verdict to candidates.
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "gateway/call.hpp"
#include "gateway/decide.hpp"

#include <vector>

namespace aihub::gateway {

// Where the call can go, in the order in which it is tried, as the route's balance says; at least one. An experiment
// may send it to another model. A call that names no model goes to the provider of the header x-aihub-provider, else of
// the query parameter provider, else to the default provider. Candidates whose models are of no use for the request are
// left out, see fitting.hpp. not_found: unknown model. invalid_request: no provider takes this kind of request, or none
// is named. forbidden: the provider's stored objects are not shared. unavailable: the provider is not loaded.
[[nodiscard]] Result<std::vector<catalog::Candidate>> route(
    Call& call, const Verdict& verdict, Random& random, const Clock& clock
);

}  // namespace aihub::gateway
