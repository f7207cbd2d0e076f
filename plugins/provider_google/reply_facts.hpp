// What a chunk of generateContent says of itself.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace aihub::provider_google {

struct CandidateFacts {
    std::uint32_t index = 0;
    std::string_view finish_reason;  // with its quotes; empty: not said
};

// Raw JSON values, empty when they are not there.
struct ReplyFacts {
    std::string_view error, usage, model, id, block_reason;
    std::vector<CandidateFacts> candidates;
    bool has_candidates = false;
    bool is_answer = false;  // it has a member that only an answer has
};

// Reads one object. False: it is not valid JSON.
[[nodiscard]] bool scan_reply(std::string_view json, ReplyFacts& facts);

// The canonical word for a finish reason, which comes with its quotes; empty: it says nothing.
[[nodiscard]] std::string_view finish_word(std::string_view raw);

// Whether the model made a call of a function that cannot be used.
[[nodiscard]] bool is_spoilt(std::string_view raw);

}  // namespace aihub::provider_google
