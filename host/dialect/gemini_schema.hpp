// The schemas of Gemini's own kind, as JSON Schema.
#pragma once

#include <aihub/json_value.hpp>

#include <string>

namespace aihub::dialect {

// The types in lower case, `nullable` as one more type, numbers that are written as strings as numbers, and the names
// of keywords as JSON Schema spells them; everything else, and the order, stays as it is.
[[nodiscard]] std::string json_schema_of(const sdk::JsonValue& schema);

}  // namespace aihub::dialect
