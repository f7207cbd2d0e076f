#include "answer_fixture.hpp"

#include <cstring>

namespace aihub::dialect {
namespace {

constexpr Format kFormat = Format::gemini_generate;

struct Candidate {
    std::string text;
    std::string thoughts;
    std::vector<std::string> arguments;
    std::string finish;
};

void take(const sdk::JsonValue& answer, std::map<std::uint32_t, Candidate>& candidates) {
    for (const auto one : answer["candidates"]) {
        auto& candidate = candidates[*one["index"].number<std::uint32_t>()];
        EXPECT_TRUE(candidate.finish.empty());  // nothing comes behind it
        candidate.finish = one["finishReason"].string_or("");
        for (const auto part : one["content"]["parts"]) {
            const bool thought = part["thought"].boolean_or(false);
            (thought ? candidate.thoughts : candidate.text) += part["text"].string_or("");
            if (part["functionCall"]) {
                candidate.arguments.emplace_back(part["functionCall"]["args"].raw());
            }
        }
    }
}

void expect_said(const test::AnswerCase& one, const std::map<std::uint32_t, Candidate>& candidates) {
    for (const auto& [index, candidate] : candidates) {
        const auto said = test::said(one, index);
        EXPECT_EQ(candidate.text, said.text + said.refusal);
        EXPECT_EQ(candidate.thoughts, said.reasoning);
        ASSERT_EQ(candidate.arguments.size(), said.arguments.size());
        for (std::size_t at = 0; at < said.arguments.size(); ++at) {
            EXPECT_EQ(candidate.arguments[at], said.arguments[at]);
        }
        EXPECT_EQ(
            candidate.finish,
            said.finish == "length"           ? "MAX_TOKENS"
            : said.finish == "content_filter" ? "SAFETY"
                                              : "STOP"
        );
    }
}

TEST(GeminiRenderer, GivesTheBytesOfTheCases) {
    test::expect_goldens(kFormat, "gemini.generate");
}

TEST(GeminiRenderer, StreamAndWholeAnswerSayWhatTheEventsSay) {
    for (const auto& one : test::all_cases()) {
        if (one.name == "split_utf8" || one.name == "tool_cut_off") {
            continue;  // They hold what is no text, or no JSON.
        }
        SCOPED_TRACE(one.name);
        std::map<std::uint32_t, Candidate> streamed;
        for (const auto& event : test::events_of(render(kFormat, one, true))) {
            take(test::Json(event.data).root(), streamed);
        }
        expect_said(one, streamed);
        std::map<std::uint32_t, Candidate> whole;
        take(test::Json(render(kFormat, one, false)).root(), whole);
        expect_said(one, whole);
        EXPECT_EQ(streamed.size(), whole.size());
    }
}

TEST(GeminiRenderer, AStreamMayBeOneArrayOfTheSameChunks) {
    for (const auto& one : test::all_cases()) {
        const auto events = test::events_of(render(kFormat, one, true));
        const test::Json array(render(kFormat, one, true, true));
        ASSERT_EQ(array.root().size(), events.size()) << one.name;
        std::size_t at = 0;
        for (const auto chunk : array.root()) {
            EXPECT_EQ(chunk.raw(), events[at++].data);
        }
    }
}

TEST(GeminiRenderer, Embeddings) {
    const std::vector<float> values{0.1F, -1.0F};
    std::string bytes(values.size() * sizeof(float), '\0');
    std::memcpy(bytes.data(), values.data(), bytes.size());
    test::AnswerCase one;
    one.events.push_back({capability::EventKind::embedding, 1, 0, "", bytes});
    one.events.push_back({capability::EventKind::embedding, 0, 0, "", bytes.substr(0, sizeof(float))});
    EXPECT_EQ(
        render(Format::gemini_batch_embed, one, false), R"({"embeddings":[{"values":[0.1]},{"values":[0.1,-1]}]})"
    );
    EXPECT_EQ(render(Format::gemini_embed, one, false), R"({"embedding":{"values":[0.1]}})");
}

}  // namespace
}  // namespace aihub::dialect
