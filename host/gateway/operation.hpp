// What a path and method ask for.
#pragma once

#include "base/result.hpp"
#include "dialect/format.hpp"

#include <string_view>

namespace aihub::gateway {

struct Call;

// Sets `operation` (and `model_id`) of the call from its method and path. not_found or method_not_allowed (then `allow`
// is set).
[[nodiscard]] Result<void> choose_operation(Call& call);

// Whose conventions the client follows, as far as operation, path and fields show.
[[nodiscard]] dialect::Dialect dialect_of(const Call& call);

// The same of a request that cannot be read: `head` is what came of it, whole or not.
[[nodiscard]] dialect::Dialect dialect_of_request_line(std::string_view head);

}  // namespace aihub::gateway
