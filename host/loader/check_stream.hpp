// The tests of a stream-tier provider: one chat request, disturbed in every way.
#pragma once

#include "loader/check_codec.hpp"

#include <string>
#include <vector>

namespace aihub::loader {

// "stream/..." for each fixture's request and settings, or for a plain chat request to `model` when there are none.
[[nodiscard]] std::vector<CheckCase> stream_cases(const std::vector<Fixture>& fixtures, const std::string& model);

}  // namespace aihub::loader
