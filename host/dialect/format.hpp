// The public formats in which clients ask for an answer of a model.
#pragma once

#include <optional>
#include <string_view>

namespace aihub::dialect {

enum class Format {
    openai_chat,         // POST /v1/chat/completions
    openai_responses,    // POST /v1/responses
    anthropic_messages,  // POST /v1/messages
    gemini_generate,     // POST /v1beta/models/{model}:generateContent and :streamGenerateContent
    openai_embeddings,   // POST /v1/embeddings
    gemini_embed,        // POST /v1beta/models/{model}:embedContent
    gemini_batch_embed,  // POST /v1beta/models/{model}:batchEmbedContents
};

// What a provider gets that does not speak the client's format. docs/canonical-form.md has both.
inline constexpr std::string_view kCanonicalChat = "aihub.chat";
inline constexpr std::string_view kCanonicalEmbeddings = "aihub.embeddings";

// "openai.chat", "anthropic.messages", "gemini.generate", ...; nothing: no format that is translated.
[[nodiscard]] std::optional<Format> format_of(std::string_view name);
// What is counted by a request of that format: "anthropic.count_tokens", "gemini.count_tokens"; nothing: it counts
// none.
[[nodiscard]] std::optional<Format> counted_by(std::string_view name);
// Whether the first event of its stream says how much was read, long before a provider says it.
[[nodiscard]] bool names_input_first(Format format);
// Whether the vendor's SDKs skip comments in a stream, as the standard says (HTML, section 9.2.6). Others stumble.
[[nodiscard]] bool skips_comments(Format format);
// kCanonicalChat or kCanonicalEmbeddings.
[[nodiscard]] std::string_view canonical_of(Format format);

// The vendor whose conventions a client follows: for errors, for lists of models, for headers.
enum class Dialect { openai, anthropic, gemini };

}  // namespace aihub::dialect
