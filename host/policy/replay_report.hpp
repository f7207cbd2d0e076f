// What a replay found, in words.
#pragma once

#include "policy/replay.hpp"

#include <string>

namespace aihub::policy {

// For people, and for programs.
[[nodiscard]] std::string text_report(const ReplayReport& report);
[[nodiscard]] std::string json_report(const ReplayReport& report);

}  // namespace aihub::policy
