// Members of Gemini's formats, which servers take in two spellings.
#pragma once

#include <aihub/json_value.hpp>

#include <string>
#include <string_view>

namespace aihub::dialect {

// "system_instruction" as "systemInstruction"; other names stay as they are.
[[nodiscard]] std::string camel_case(std::string_view name);

// Member `camel` of an object, or the same spelled with underscores; `camel` wins when both are there.
[[nodiscard]] sdk::JsonValue gemini_member(const sdk::JsonValue& object, std::string_view camel);

}  // namespace aihub::dialect
