// Settings of plugins as JSON.
#pragma once

#include "config/document.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace aihub::config {

// Gives a scalar's text with its variables put in. `path` is the scalar's.
using Expand = std::function<std::string(const Node& scalar, const std::string& path)>;

// `node` as JSON text. An unquoted true, false, null or number (as JSON writes them) keeps its type, also when it comes
// from a variable; everything else is text.
[[nodiscard]] std::string settings_json(const Node& node, const std::string& path, const Expand& expand);

// The members of both objects; those of `upper` win. What is not a JSON object counts as {}.
[[nodiscard]] std::string merge_settings(std::string_view lower, std::string_view upper);

}  // namespace aihub::config
