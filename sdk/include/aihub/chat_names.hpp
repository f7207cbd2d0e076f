// The words of the canonical form, for what is an enum in C++.
#pragma once

#include <aihub/chat.hpp>

#include <array>
#include <cstddef>
#include <string_view>

namespace aihub::sdk::chat_names {

// In the order of the enums; unset has no word.
inline constexpr std::array<std::string_view, 10> kBlocks = {
    "text", "refusal", "reasoning", "image", "audio", "video", "document", "tool_call", "tool_result", "provider"};
inline constexpr std::array<std::string_view, 2> kRoles = {"user", "assistant"};
inline constexpr std::array<std::string_view, 5> kToolModes = {"", "auto", "required", "none", "tool"};
inline constexpr std::array<std::string_view, 4> kResponses = {"", "text", "json", "json_schema"};
inline constexpr std::array<std::string_view, 4> kReasoning = {"", "off", "on", "adaptive"};

template <std::size_t Count, class Enum>
[[nodiscard]] constexpr std::string_view word(const std::array<std::string_view, Count>& names, Enum value) {
    return names[static_cast<std::size_t>(value)];
}

// The value of that word, written as a JSON string; `otherwise` when it is none of them.
template <std::size_t Count, class Enum>
[[nodiscard]] constexpr Enum value(
    const std::array<std::string_view, Count>& names, std::string_view quoted, Enum otherwise
) {
    for (std::size_t at = 0; at < Count; ++at) {
        const bool same = !names[at].empty() && quoted.size() == names[at].size() + 2 &&
                          quoted.substr(1, names[at].size()) == names[at];
        if (same) {
            return static_cast<Enum>(at);
        }
    }
    return otherwise;
}

}  // namespace aihub::sdk::chat_names
