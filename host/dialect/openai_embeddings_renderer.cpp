#include "dialect/openai_embeddings_renderer.hpp"

#include "base/json_text.hpp"
#include "dialect/json_pieces.hpp"
#include "dialect/vector_text.hpp"

#include <map>
#include <utility>

namespace aihub::dialect {

namespace {

using capability::Event;
using capability::EventKind;

class Embeddings final : public Renderer {
public:
    explicit Embeddings(AnswerTraits traits) : traits_(std::move(traits)) {}

    void event(const Event& event, std::string&) override {
        if (event.kind == EventKind::model) {
            traits_.model = event.text;
        } else if (event.kind == EventKind::embedding) {
            auto& vector = vectors_[event.choice];
            held_ = held_ - vector.size() + event.text.size();
            vector = event.text;
        }
    }

    void finish(const model::Usage& usage, std::string& out) override {
        out += "{\"object\":\"list\",\"data\":[";
        bool first = true;
        for (const auto& [index, bytes] : vectors_) {
            out += first ? "" : ",";
            first = false;
            out += "{\"object\":\"embedding\",\"index\":";
            append_number(out, index);
            out += ",\"embedding\":";
            if (traits_.base64) {
                out += '"';
                append_base64(out, bytes);
                out += '"';
            } else {
                append_floats(out, bytes);
            }
            out += '}';
        }
        out += "],\"model\":";
        append_json_string(out, traits_.model);
        out += ",\"usage\":{\"prompt_tokens\":";
        append_number(out, usage.input.value_or(0));
        out += ",\"total_tokens\":";
        append_number(out, usage.input.value_or(0));
        out += "}}";
    }

    [[nodiscard]] std::size_t held() const override { return held_; }

private:
    AnswerTraits traits_;
    std::map<std::uint32_t, std::string> vectors_;
    std::size_t held_ = 0;
};

}  // namespace

std::unique_ptr<Renderer> make_openai_embeddings_renderer(AnswerTraits traits) {
    return std::make_unique<Embeddings>(std::move(traits));
}

}  // namespace aihub::dialect
