#include "dialect/format.hpp"

#include <array>
#include <cstddef>

namespace aihub::dialect {

namespace {

// In the order of Format.
constexpr std::array<std::string_view, 7> kNames{
    "openai.chat",
    "openai.responses",
    "anthropic.messages",
    "gemini.generate",
    "openai.embeddings",
    "gemini.embed",
    "gemini.batch_embed"};

}  // namespace

std::optional<Format> format_of(std::string_view name) {
    for (std::size_t at = 0; at < kNames.size(); ++at) {
        if (kNames[at] == name) {
            return static_cast<Format>(at);
        }
    }
    return std::nullopt;
}

std::optional<Format> counted_by(std::string_view name) {
    if (name == "anthropic.count_tokens") {
        return Format::anthropic_messages;
    }
    return name == "gemini.count_tokens" ? std::optional(Format::gemini_generate) : std::nullopt;
}

bool names_input_first(Format format) {
    return format == Format::anthropic_messages;
}

bool skips_comments(Format format) {
    return format != Format::gemini_generate;
}

std::string_view canonical_of(Format format) {
    const bool chat = format == Format::openai_chat || format == Format::openai_responses ||
                      format == Format::anthropic_messages || format == Format::gemini_generate;
    return chat ? kCanonicalChat : kCanonicalEmbeddings;
}

}  // namespace aihub::dialect
