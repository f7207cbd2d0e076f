// The words with which providers end a choice.
#pragma once

#include <string_view>

namespace aihub::provider_openai {

// The word of the canonical set: stop, length, tool_calls, content_filter. Raw JSON in.
[[nodiscard]] std::string_view finish_word(std::string_view raw);

// True for a word, which null and "" are not.
[[nodiscard]] bool says_finished(std::string_view raw);

// True for an answer that was given up half way.
[[nodiscard]] bool says_broken(std::string_view raw);

}  // namespace aihub::provider_openai
