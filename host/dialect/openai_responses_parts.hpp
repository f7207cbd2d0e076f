// Pieces of openai.responses that its stream and its whole answer share.
#pragma once

#include "dialect/answer_parts.hpp"
#include "dialect/renderer.hpp"
#include "model/usage.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace aihub::dialect {

// How far an item has come.
enum class ItemState { in_progress, completed, incomplete };

// The item's id: by its place it stays the same through a stream.
[[nodiscard]] std::string item_id(const AnswerTraits& traits, const AnswerPart& part, std::size_t at);
// The item that a part is; in progress it has no content yet.
void append_item(std::string& out, const AnswerTraits& traits, const AnswerPart& part, std::size_t at, ItemState state);
// The content part of a message; `filled`: with its text.
void append_content(std::string& out, const AnswerPart& part, bool filled);
void append_summary(std::string& out, std::string_view text);
void append_url_citation(std::string& out, std::string_view citation);

// The state of part `at` once the choice has ended: where an answer was cut off, its last part was.
[[nodiscard]] ItemState final_state(const AnswerChoice& choice, std::size_t at);

// The response object. `choice`: nullptr while it is in progress.
void append_response(
    std::string& out,
    const AnswerTraits& traits,
    std::string_view id,
    const AnswerChoice* choice,
    const model::Usage& usage
);
// How it ended: completed or incomplete.
[[nodiscard]] std::string_view response_status(const AnswerChoice& choice);

}  // namespace aihub::dialect
