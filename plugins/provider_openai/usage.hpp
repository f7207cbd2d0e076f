// Token counts as the compatible providers spell them.
#pragma once

#include <aihub/call.hpp>

#include <optional>
#include <string_view>

namespace aihub::provider_openai {

// Reads a `usage` object. Tolerant: null, missing, fractional and oddly named fields are taken for what they can mean;
// no value when nothing in it is a count.
[[nodiscard]] std::optional<sdk::Usage> read_usage(std::string_view json);

}  // namespace aihub::provider_openai
