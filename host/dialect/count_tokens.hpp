// Counting the tokens of a request without asking a provider.
#pragma once

#include "base/result.hpp"
#include "dialect/format.hpp"
#include "model/tokenizer_family.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace aihub::dialect {

// An estimate of what a request of `format` reads, from the body of a request for its count: a chat that need not say
// how long its answer may be, or {"contents"} or {"generateContentRequest"}. As exact as estimate_request(). Error
// invalid_request: as for the chat itself.
[[nodiscard]] Result<std::uint64_t> count_tokens(Format format, std::string_view body, model::TokenizerFamily family);

// The answer in that dialect: {"input_tokens":7} or {"totalTokens":7}.
[[nodiscard]] std::string count_answer(Dialect dialect, std::uint64_t tokens);

}  // namespace aihub::dialect
