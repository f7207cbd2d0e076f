// What a provider's error says of itself.
#pragma once

#include <string>
#include <string_view>

namespace aihub::gateway {

struct ErrorWords {
    std::string type;  // empty: none
    std::string code;  // a number as its digits; empty: none
};

// `type` and `code` of the member `error` of a JSON object, or of the object itself when that is no object; of a list,
// of its first element. What is no JSON has none.
[[nodiscard]] ErrorWords read_error_words(std::string_view json);

}  // namespace aihub::gateway
