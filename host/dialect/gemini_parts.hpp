// Pieces of gemini.generate that its stream and its whole answer share.
#pragma once

#include "dialect/answer_parts.hpp"
#include "model/usage.hpp"

#include <string>
#include <string_view>

namespace aihub::dialect {

// One object of `parts`. `text`: of a part of words, what of it is written now. `is_signed`: with its signature.
void append_gemini_part(std::string& out, const AnswerPart& part, std::string_view text, bool is_signed);
// Whether the format has a place for it.
[[nodiscard]] bool is_gemini_part(const AnswerPart& part);

// Members of a candidate that has ended, each with a comma before it: why, sources, probabilities.
void append_gemini_end(std::string& out, const AnswerChoice& choice);
// ,"usageMetadata":{...}; nothing when nothing is known.
void append_gemini_usage(std::string& out, const model::Usage& usage);

}  // namespace aihub::dialect
