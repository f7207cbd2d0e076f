// Sources that Gemini names for its words.
#pragma once

#include <aihub/json_value.hpp>

#include <string>
#include <vector>

namespace aihub::provider_google {

// The citations in a candidate, each a JSON object of the canonical form: from its search, and from what it recites.
[[nodiscard]] std::vector<std::string> citations_of(const sdk::JsonValue& candidate);

}  // namespace aihub::provider_google
