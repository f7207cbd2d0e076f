// Pieces of openai.chat that its stream and its whole answer share.
#pragma once

#include "dialect/answer_parts.hpp"
#include "dialect/renderer.hpp"
#include "model/usage.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace aihub::dialect {

inline constexpr std::string_view kChatIdPrefix = "chatcmpl-";

// The object up to its choices: {"id":...,"choices":[
void append_chat_head(std::string& out, const AnswerTraits& traits, std::string_view id, std::string_view object);
// The id of a tool call: of its own when the provider gave none.
[[nodiscard]] std::string call_id(const AnswerTraits& traits, const AnswerPart& part);
// {"prompt_tokens":...}; what is not known is 0.
void append_chat_usage(std::string& out, const model::Usage& usage);
// A member of thinking_blocks: reasoning with its signature, or redacted.
void append_thinking_block(std::string& out, const AnswerPart& part);
// {"google":{"thought_signature":...}}
void append_extra_content(std::string& out, std::string_view signature);
// A member of annotations.
void append_annotation(std::string& out, std::string_view citation);
// A member of images, number `number` of its message.
void append_image(std::string& out, const AnswerPart& part, std::uint64_t number);
// The object that stands for a sound.
void append_audio(std::string& out, const AnswerPart& part, std::string_view own_id, std::int64_t created);
// The finish_reason of a choice.
[[nodiscard]] std::string_view chat_finish(const AnswerChoice& choice);
[[nodiscard]] bool is_image(const AnswerPart& part);

}  // namespace aihub::dialect
