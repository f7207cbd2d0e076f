// Arguments of a tool call as the object that the canonical form has.
#pragma once

#include "dialect/chat_builder.hpp"

#include <aihub/json_value.hpp>

#include <string>

namespace aihub::dialect {

// How deep JSON may be nested that becomes part of the canonical form: plugins read at most 64 levels, and the form
// puts a few around it.
inline constexpr std::size_t kNestedMax = 56;

// Of a text, as OpenAI's formats have them, or of the object itself. A number in it keeps its digits. Nothing and an
// empty text are {}; what is no object is {"_raw": it}.
[[nodiscard]] JsonText call_arguments(const sdk::JsonValue& arguments, ChatBuilder& builder);

}  // namespace aihub::dialect
