// How many tokens a text or a request has, without the vendor's tokenizer: for routing, limits and the counts that a
// format wants before the provider has said them.
#pragma once

#include "model/tokenizer_family.hpp"

#include <cstdint>
#include <string_view>

namespace aihub::dialect {

// Tokens of a plain text; one pass, nothing is allocated. Measured on tests/golden/tokens (67 short texts: 25
// languages, code, JSON, tables, logs, numbers, base64, emoji) against a tokenizer of each family: all texts together
// are within 3 %, a single short text within 35 %. docs/models.md has the table. Bytes that are no UTF-8 count like
// rare characters.
[[nodiscard]] std::uint64_t estimate_tokens(std::string_view text, model::TokenizerFamily family);

// Tokens that a chat in the canonical form reads: its texts, names, arguments and schemas as above, and what has no
// text by these rules:
//   the request 3, instructions 4, a message 4, a tool call or result 8, a tool 8;
//   an image: 85 with detail low, else 1100; a redacted thought: a token for 6 bytes; a signature: none;
//   audio and video: a token for 1000 bytes; another document: a token for 32 bytes; by url or file_id: 1500.
// A text that is no JSON is counted as text.
[[nodiscard]] std::uint64_t estimate_request(std::string_view canonical_json, model::TokenizerFamily family);

}  // namespace aihub::dialect
