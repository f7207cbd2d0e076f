// The format openai.embeddings.
#pragma once

#include "dialect/renderer.hpp"

#include <memory>

namespace aihub::dialect {

[[nodiscard]] std::unique_ptr<Renderer> make_openai_embeddings_renderer(AnswerTraits traits);

}  // namespace aihub::dialect
