// /v1/permissions
#pragma once

#include "control/route_table.hpp"

namespace aihub::control {

// Which permissions there are, and which routes of `table`, which it is added to, need which.
void add_permissions(RouteTable& table);

}  // namespace aihub::control
