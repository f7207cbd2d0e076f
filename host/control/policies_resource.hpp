// /v1/policies: which bundle runs, and how that is changed.
#pragma once

#include "control/route_table.hpp"
#include "policy/bundle_store.hpp"

#include <functional>
#include <string>

namespace aihub::control {

// The folder that policies are read from in place of the database (policies.folder); empty: the database counts. Any
// thread.
using PolicyFolder = std::function<std::string()>;

// `store` outlives the table.
void add_policies(RouteTable& table, policy::BundleStore& store, PolicyFolder folder);

}  // namespace aihub::control
