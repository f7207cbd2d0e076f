// /v1/policies/bundles, /lint and /test: bundles, and what is to be said about them.
#pragma once

#include "control/route_table.hpp"
#include "policy/bundle_store.hpp"

namespace aihub::control {

// `store` outlives the table.
void add_policy_bundles(RouteTable& table, policy::BundleStore& store);

}  // namespace aihub::control
