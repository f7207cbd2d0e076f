#include "dialect/renderer.hpp"

#include "dialect/anthropic_renderer.hpp"
#include "dialect/gemini_renderer.hpp"
#include "dialect/openai_chat_renderer.hpp"
#include "dialect/openai_embeddings_renderer.hpp"
#include "dialect/openai_responses_renderer.hpp"

#include <utility>

namespace aihub::dialect {

std::unique_ptr<Renderer> make_renderer(Format format, AnswerTraits traits) {
    switch (format) {
        case Format::openai_responses:
            return make_openai_responses_renderer(std::move(traits));
        case Format::anthropic_messages:
            return make_anthropic_renderer(std::move(traits));
        case Format::gemini_generate:
            return make_gemini_renderer(std::move(traits));
        case Format::openai_embeddings:
            return make_openai_embeddings_renderer(std::move(traits));
        case Format::gemini_embed:
        case Format::gemini_batch_embed:
            return make_gemini_embeddings_renderer(format == Format::gemini_batch_embed);
        case Format::openai_chat:
            break;
    }
    return make_openai_chat_renderer(std::move(traits));
}

}  // namespace aihub::dialect
