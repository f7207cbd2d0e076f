// What commands show to people.
#pragma once

#include "base/clock.hpp"

#include <string>
#include <vector>

namespace aihub::app {

// "2026-01-31T12:00:00Z"
[[nodiscard]] std::string time_text(WallTime time);

// Rows in columns of equal width, two spaces between them; the last column is not filled up.
[[nodiscard]] std::string table_text(const std::vector<std::vector<std::string>>& rows);

}  // namespace aihub::app
