// /v1/providers
#pragma once

#include "base/clock.hpp"
#include "catalog/catalog.hpp"
#include "control/route_table.hpp"

#include <functional>
#include <memory>

namespace aihub::control {

// The catalogue that counts now. Any thread.
using CatalogNow = std::function<std::shared_ptr<const catalog::Catalog>()>;

// Which providers there are and how they do. `clock` outlives the table.
void add_providers(RouteTable& table, CatalogNow catalog, const Clock& clock);

}  // namespace aihub::control
