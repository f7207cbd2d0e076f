// The format anthropic.messages.
#pragma once

#include "dialect/renderer.hpp"

#include <memory>

namespace aihub::dialect {

// It has one choice: what is of others is left out. What a provider wants back with a text or a call is the signature
// of a thought without words.
[[nodiscard]] std::unique_ptr<Renderer> make_anthropic_renderer(AnswerTraits traits);

}  // namespace aihub::dialect
