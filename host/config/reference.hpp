// docs/configuration.md, made from the schema.
#pragma once

#include <string>

namespace aihub::config {

// The whole page.
[[nodiscard]] std::string reference_markdown();

}  // namespace aihub::config
