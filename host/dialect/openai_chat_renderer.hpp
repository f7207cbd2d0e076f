// The format openai.chat.
#pragma once

#include "dialect/renderer.hpp"

#include <memory>

namespace aihub::dialect {

// Besides what the format has by itself, fields that clients of several gateways know: reasoning_content,
// thinking_blocks (what a provider wants back), extra_content (signatures of tool calls), images.
[[nodiscard]] std::unique_ptr<Renderer> make_openai_chat_renderer(AnswerTraits traits);

}  // namespace aihub::dialect
