// What a client calls the parts of the canonical form, for whatever it is told about them.
#pragma once

#include "capability/provider.hpp"
#include "dialect/format.hpp"

#include <span>
#include <string>
#include <string_view>

namespace aihub::dialect {

// The place in the client's format of what the canonical form calls `name`: "top_k" is "generationConfig.topK" to
// clients of Gemini's. Where a format has several members for it, or several spellings of one, that which is there:
// `members` are those of the client's body. A name that the format does not know stays as it is.
[[nodiscard]] std::string client_name(
    Format format, std::string_view name, std::span<const capability::JsonMember> members
);

}  // namespace aihub::dialect
