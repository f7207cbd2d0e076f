#include "dialect/openai_embeddings_renderer.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace aihub::dialect {
namespace {

std::string rendered(bool base64) {
    AnswerTraits traits;
    traits.model = "asked";
    traits.base64 = base64;
    const auto renderer = make_openai_embeddings_renderer(traits);
    std::string out;
    const auto give = [&](capability::EventKind kind, std::uint32_t choice, std::string_view text) {
        capability::Event event;
        event.kind = kind;
        event.choice = choice;
        event.text = text;
        renderer->event(event, out);
    };
    const float one = 1.0F;
    std::string bytes(sizeof one, '\0');
    std::memcpy(bytes.data(), &one, sizeof one);
    give(capability::EventKind::model, 0, "m-1");
    give(capability::EventKind::embedding, 1, bytes);
    give(capability::EventKind::embedding, 0, bytes + bytes);
    EXPECT_EQ(out, "");
    model::Usage usage;
    usage.input = 6;
    renderer->finish(usage, out);
    return out;
}

TEST(OpenaiEmbeddingsRenderer, AsNumbers) {
    EXPECT_EQ(
        rendered(false),
        R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":[1,1]},)"
        R"({"object":"embedding","index":1,"embedding":[1]}],"model":"m-1",)"
        R"("usage":{"prompt_tokens":6,"total_tokens":6}})"
    );
}

TEST(OpenaiEmbeddingsRenderer, AsBase64) {
    EXPECT_NE(rendered(true).find(R"("index":1,"embedding":"AACAPw=="})"), std::string::npos);
}

}  // namespace
}  // namespace aihub::dialect
