// ${NAME} in values.
#pragma once

#include "base/result.hpp"
#include "config/load.hpp"

#include <string>
#include <string_view>

namespace aihub::config {

// Replaces ${NAME} by the environment variable and ${NAME:-default} by the default when the variable is not set or
// empty. $${ stands for ${ as text. What was put in is not looked at again. Error: a variable that is not set (named in
// the message), a name that is none, a missing brace.
[[nodiscard]] Result<std::string> interpolate(std::string_view text, const Sources& sources);

}  // namespace aihub::config
