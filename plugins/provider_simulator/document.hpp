// A small JSON document that a JSON Schema accepts.
#pragma once

#include <aihub/json_read.hpp>

#include <optional>
#include <string>

namespace aihub::provider_simulator {

// Required members only, first enum value, shortest strings and lists, smallest numbers; anyOf and oneOf take their
// first. Knows const, enum, type, properties, required, items, minItems, minLength, minimum, anyOf, oneOf, allOf with
// one entry, and $ref within the schema. No value: nested over 32 levels (a schema that needs itself), or over 64 KiB.
[[nodiscard]] std::optional<std::string> minimal_document(const sdk::JsonValue& schema);

}  // namespace aihub::provider_simulator
