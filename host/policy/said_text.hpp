// Decisions and facts as text for people.
#pragma once

#include "base/clock.hpp"
#include "policy/decision_record.hpp"

#include <string>
#include <utility>
#include <vector>

namespace aihub::policy {

// "allowed, class gold", "refused: no_images (not in this tier)", "east/m, west/m", "error in route.lua:12: ..."
[[nodiscard]] std::string text_of(const Said& said);

// "2026-01-31T12:00:00Z"
[[nodiscard]] std::string time_text(WallTime time);

// What the hook of the record was told, by the names that scripts have for it, in order; what is empty, zero or false
// is left out.
using NamedText = std::pair<std::string, std::string>;
[[nodiscard]] std::vector<NamedText> inputs_of(const DecisionRecord& record);

}  // namespace aihub::policy
