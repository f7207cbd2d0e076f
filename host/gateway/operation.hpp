// What a path and method ask for.
#pragma once

#include "base/result.hpp"

namespace aihub::gateway {

struct Call;

// Sets `operation` (and `model_id`) of the call from its method and path. not_found or method_not_allowed (then `allow`
// is set).
[[nodiscard]] Result<void> choose_operation(Call& call);

}  // namespace aihub::gateway
