// Which of a call's candidates can serve it, as far as the table of models knows.
#pragma once

#include "catalog/catalog.hpp"
#include "gateway/call.hpp"

#include <vector>

namespace aihub::gateway {

// Takes those out of `candidates` whose models are of no use for a chat: they lack the tools or the kind of input that
// it holds, or what it reads at least, with the answer that it asks for, is more than their context. Of what nothing is
// known fits. At least one is left: when none has the input or the tools, that does not count; when all are too small,
// those with the largest context stay. Those that are taken out count in their providers' metrics; when the first is,
// the trail has the reason as `fallback`. Calls with one candidate, and `pass_over_unfit: false`: nothing is looked at.
void pass_over_unfit(Call& call, std::vector<catalog::Candidate>& candidates);

}  // namespace aihub::gateway
