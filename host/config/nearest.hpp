// The name that was probably meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aihub::config {

// The one of `names` that `name` is nearest to in edits (insert, delete, replace, swap neighbours); empty: none is
// near.
[[nodiscard]] std::string nearest(std::string_view name, const std::vector<std::string>& names);

// ", did you mean base_url?", or empty.
[[nodiscard]] std::string did_you_mean(std::string_view name, const std::vector<std::string>& names);

}  // namespace aihub::config
