// What the codec must know of a chunk or a reply, found in one pass without a tree.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace aihub::provider_openai {

// One element of `choices`. Views into the chunk; empty or `null` where the provider said nothing.
struct ChoiceFacts {
    std::uint32_t index = 0;
    std::string_view finish_reason{};  // raw JSON
    std::string_view content{};        // raw JSON of `delta`, `message` or `text`
    std::string_view logprobs{};       // raw JSON
    std::string_view stop_reason{};    // raw JSON: from some servers the stop sequence that was met
};

// Raw JSON of the interesting members; empty when they are missing or null.
struct ChunkFacts {
    std::string_view id;
    std::string_view model;
    std::string_view usage;  // also from where some providers put it: x_groq.usage, choices[].usage
    std::string_view error;
    std::string_view object;
    bool has_choices = false;  // there is a `choices` array
    bool has_data = false;     // there is a `data` array: an embeddings reply
    std::vector<ChoiceFacts> choices;

    void clear();
};

// Reads `json` into `facts`, whose memory is reused. False: not a complete JSON object, or beyond what a chunk may hold
// (nesting over 64, choice index over 255).
[[nodiscard]] bool scan_chunk(std::string_view json, ChunkFacts& facts);

// True when a chunk has members beyond those of a plain one, for example prompt_filter_results. A second pass, for the
// rare chunks where it matters.
[[nodiscard]] bool has_extras(std::string_view json);

}  // namespace aihub::provider_openai
