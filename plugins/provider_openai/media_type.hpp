// The type of a picture or a sound of which nobody said it.
#pragma once

#include <string_view>

namespace aihub::provider_openai {

// By how base64 of the usual kinds begins; empty: none of them.
[[nodiscard]] std::string_view media_type_of(std::string_view base64);

}  // namespace aihub::provider_openai
