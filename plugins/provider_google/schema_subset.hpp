// JSON Schema for models that understand a part of it only.
#pragma once

#include <aihub/result.hpp>

#include <string>
#include <string_view>

namespace aihub::provider_google {

// The schema in the words of Gemini's `Schema`: references put in, combinations joined, what it does not know left
// out. Empty: an object without members, which Gemini wants unsaid. Error: it refers to itself, is nested too deeply
// or grows too large; `what` says whose schema it is.
[[nodiscard]] Result<std::string> schema_subset(std::string_view schema, std::string_view what);

}  // namespace aihub::provider_google
