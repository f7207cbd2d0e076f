// Which candidate is tried first.
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"
#include "catalog/catalog.hpp"

#include <vector>

namespace aihub::catalog {

// Puts the candidates of each priority in the order in which their route's balance tries them. Those of one route share
// a balance, and stand in order of priority already. One candidate, or balance `order`: nothing is looked at.
void balance(std::vector<Candidate>& candidates, Random& random, const Clock& clock);

}  // namespace aihub::catalog
