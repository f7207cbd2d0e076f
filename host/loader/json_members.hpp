// The top-level members of a JSON object as slices of its text.
#pragma once

#include "base/result.hpp"
#include "capability/provider.hpp"

#include <string_view>
#include <vector>

namespace aihub::loader {

// Names without quotes and not unescaped, values raw; both point into `text`. Error: not a valid JSON object. For
// checks of plugins; the gateway has a faster one.
[[nodiscard]] Result<std::vector<capability::JsonMember>> json_members(std::string_view text);

}  // namespace aihub::loader
