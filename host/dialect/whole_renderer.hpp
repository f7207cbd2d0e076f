// What the renderers have in common that write an answer as one document.
#pragma once

#include "dialect/answer_parts.hpp"
#include "dialect/renderer.hpp"

#include <string>
#include <utility>

namespace aihub::dialect {

// Gathers the answer, for finish() to write it.
class WholeRenderer : public Renderer {
public:
    void event(const capability::Event& event, std::string&) final {
        if (event.kind == capability::EventKind::model) {
            traits_.model = event.text;
        } else if (event.kind == capability::EventKind::id) {
            upstream_id_ = event.text;
        } else if (has_place_for(event)) {
            answer_.add(event);
        }
    }
    [[nodiscard]] std::size_t held() const final { return answer_.held(); }

protected:
    explicit WholeRenderer(AnswerTraits traits, Signatures signatures = Signatures::of_any_part)
        : traits_(std::move(traits)), answer_(signatures) {}

    // Whether the format can say it.
    [[nodiscard]] virtual bool has_place_for(const capability::Event&) const { return true; }

    AnswerTraits traits_;
    std::string upstream_id_;  // what the provider calls the answer; may be empty
    Answer answer_;
};

}  // namespace aihub::dialect
