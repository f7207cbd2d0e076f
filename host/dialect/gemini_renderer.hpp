// The formats gemini.generate, gemini.embed and gemini.batch_embed.
#pragma once

#include "dialect/renderer.hpp"

#include <memory>

namespace aihub::dialect {

// A function call is written when its arguments are complete, why a candidate ended in the last chunk, with the usage.
[[nodiscard]] std::unique_ptr<Renderer> make_gemini_renderer(AnswerTraits traits);
// `batch`: many vectors.
[[nodiscard]] std::unique_ptr<Renderer> make_gemini_embeddings_renderer(bool batch);

}  // namespace aihub::dialect
