#include "finish_reason.hpp"

namespace aihub::provider_anthropic {

std::string_view finish_reason(std::string_view raw) {
    struct Word {
        std::string_view raw;
        std::string_view canonical;
    };
    constexpr Word kWords[] = {
        {"\"max_tokens\"", "length"},
        {"\"model_context_window_exceeded\"", "length"},
        {"\"tool_use\"", "tool_calls"},
        {"\"refusal\"", "content_filter"}};
    for (const Word& word : kWords) {
        if (raw == word.raw) {
            return word.canonical;
        }
    }
    return "stop";
}

}  // namespace aihub::provider_anthropic
