// What a client's request needs of a model, read off its bytes without translating it: for routing.
#pragma once

#include "capability/provider.hpp"
#include "dialect/token_counter.hpp"
#include "model/tokenizer_family.hpp"

#include <cstdint>
#include <limits>
#include <span>

namespace aihub::dialect {

struct RequestNeeds {
    bool image = false;
    bool audio = false;
    bool video = false;
    bool document = false;
    bool tools = false;
    std::uint64_t output_tokens = 0;  // the most that is asked for; 0: the request does not say
    std::uint64_t images = 0;         // how many
    std::uint64_t messages = 0;       // how many; a plain text is one
    std::uint64_t longest_text = 0;   // bytes of the longest text, as it is written
    std::uint64_t uncounted = 0;      // bytes of texts that count_texts() left out
    TokenCounter texts;               // what count_texts() saw

    // Tokens that the request has at least, however the estimate errs: three quarters of what its texts are estimated
    // at, and the least that a picture costs. Sound, video and files are not counted. After count_texts().
    [[nodiscard]] std::uint64_t least_input(model::TokenizerFamily family) const;
    // Tokens that it has, as far as an estimate goes: texts, 1100 for a picture, 4 for a message, and one for each four
    // bytes that were not counted.
    [[nodiscard]] std::uint64_t estimated_input(model::TokenizerFamily family) const;
};

// Of a chat in any of the formats that are translated, by the members of its body: tools and the limit of the answer.
// Looks at no message.
[[nodiscard]] RequestNeeds ask_needs(std::span<const capability::JsonMember> members);

// Adds the media of the messages to `needs`. What is nested too deeply, or broken, is not seen.
void find_media(std::span<const capability::JsonMember> members, RequestNeeds& needs);

// Adds the texts, messages and pictures of the request; a pass over all of its bytes. Texts behind `bytes_max` are not
// counted.
void count_texts(
    std::span<const capability::JsonMember> members,
    RequestNeeds& needs,
    std::uint64_t bytes_max = std::numeric_limits<std::uint64_t>::max()
);

}  // namespace aihub::dialect
