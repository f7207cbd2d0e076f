// The experiments of a call: which arms it gets, the model that follows from one, and what its record says of them.
#pragma once

#include "gateway/call.hpp"
#include "model/principal.hpp"

#include <string>
#include <string_view>

namespace aihub::gateway {

class Worker;

// After the policies were pinned and have admitted the call: the arms that it gets, as the host draws them and the
// policy `experiment` says. Nothing is done without experiments, or for a call that names no model.
void assign_experiments(Worker& worker, const model::Principal& principal, Call& call);

// The model whose route the call takes: that of its arm, else the one asked for. An experiment whose arms send calls
// elsewhere is used by this, whatever the arm; it is not when one of their models does not take this kind of request.
[[nodiscard]] std::string_view model_to_route(Call& call);

// For the usage row: the experiments of which something depended on the arm.
[[nodiscard]] std::string used_experiments(const Call& call);

}  // namespace aihub::gateway
