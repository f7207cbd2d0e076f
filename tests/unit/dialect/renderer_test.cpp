#include "dialect/renderer.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace aihub::dialect {
namespace {

TEST(Renderer, EachFormatHasItsOwn) {
    const std::vector<std::pair<Format, std::string_view>> cases{
        {Format::openai_chat, R"({"id":"chatcmpl-1",)"},
        {Format::openai_responses, R"({"id":"resp_1",)"},
        {Format::anthropic_messages, R"({"id":"msg_1",)"},
        {Format::gemini_generate, R"({"candidates":)"},
        {Format::openai_embeddings, R"({"object":"list","data":[])"},
        {Format::gemini_embed, R"({"embedding":)"},
        {Format::gemini_batch_embed, R"({"embeddings":[]})"},
    };
    for (const auto& [format, beginning] : cases) {
        AnswerTraits traits;
        traits.id = "1";
        std::string out;
        make_renderer(format, traits)->finish({}, out);
        EXPECT_TRUE(out.starts_with(beginning)) << out;
    }
}

}  // namespace
}  // namespace aihub::dialect
