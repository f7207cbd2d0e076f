// The format openai.chat, when no stream was asked for.
#pragma once

#include "dialect/renderer.hpp"

#include <memory>

namespace aihub::dialect {

[[nodiscard]] std::unique_ptr<Renderer> make_openai_chat_whole(AnswerTraits traits);

}  // namespace aihub::dialect
