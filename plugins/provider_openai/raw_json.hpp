// Strings that are still JSON.
#pragma once

#include <aihub/json_value.hpp>

#include <string>
#include <string_view>

namespace aihub::provider_openai {

// Between the quotes of a raw string; escapes are left in. Empty for any other value.
[[nodiscard]] inline std::string_view inside(std::string_view raw) {
    return raw.size() < 2 || raw.front() != '"' ? std::string_view() : raw.substr(1, raw.size() - 2);
}

// The text that a raw string stands for; empty for any other value.
[[nodiscard]] inline std::string unquoted(std::string_view raw) {
    return sdk::json_unescape(inside(raw));
}

}  // namespace aihub::provider_openai
