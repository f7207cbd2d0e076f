// How deep the objects and arrays of a text lie in one another.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string_view>

namespace aihub::gateway {

// invalid_request: `json` opens more than `depth_max` objects and arrays within one another. Says nothing of a text
// that is no JSON.
[[nodiscard]] Result<void> check_json_depth(std::string_view json, std::size_t depth_max);

}  // namespace aihub::gateway
