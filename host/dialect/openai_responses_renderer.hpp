// The format openai.responses.
#pragma once

#include "dialect/renderer.hpp"

#include <memory>

namespace aihub::dialect {

// Each part of the answer is one item of `output`. It has one choice: what is of others is left out. Reasoning is a
// summary; what the provider wants back with it is its encrypted_content. Reasoning that only the provider can read has
// no summary at all, a signature without words an empty one.
[[nodiscard]] std::unique_ptr<Renderer> make_openai_responses_renderer(AnswerTraits traits);

}  // namespace aihub::dialect
