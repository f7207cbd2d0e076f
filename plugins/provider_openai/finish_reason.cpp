#include "finish_reason.hpp"

namespace aihub::provider_openai {

std::string_view finish_word(std::string_view raw) {
    struct Word {
        std::string_view raw;
        std::string_view canonical;
    };
    constexpr Word kWords[] = {
        {"\"length\"", "length"},
        {"\"max_tokens\"", "length"},
        {"\"model_length\"", "length"},
        {"\"tool_calls\"", "tool_calls"},
        {"\"function_call\"", "tool_calls"},
        {"\"tool_use\"", "tool_calls"},
        {"\"content_filter\"", "content_filter"},
    };
    for (const Word& word : kWords) {
        if (raw == word.raw) {
            return word.canonical;
        }
    }
    return "stop";
}

bool says_finished(std::string_view raw) {
    return raw.size() > 2 && raw.front() == '"';
}

bool says_broken(std::string_view raw) {
    return raw == "\"error\"" || raw == "\"insufficient_system_resource\"";
}

}  // namespace aihub::provider_openai
