// The content of a message in OpenAI's formats: a text, or parts.
#pragma once

#include "dialect/chat_builder.hpp"
#include "dialect/request_check.hpp"

#include <vector>

namespace aihub::dialect {

// What is to happen with a part of a type that is not known.
enum class UnknownParts { refused, foreign };

// The pieces of `content`, which is a string, an array of parts, or nothing. The types are those of both formats:
// text and input_text, image_url and input_image, and so on.
[[nodiscard]] Result<std::vector<ChatBlock>> openai_content(
    const JsonValue& content, const Place& place, ChatBuilder& builder, UnknownParts unknown
);

}  // namespace aihub::dialect
