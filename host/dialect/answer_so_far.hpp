// An answer that another provider can go on with when the first one breaks off.
#pragma once

#include "dialect/renderer.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace aihub::dialect {

// A renderer that outlives the attempt whose events it takes. One answer, one thread.
class AnswerSoFar final : public Renderer {
public:
    // `text_max`: bytes of text up to which another provider can go on.
    AnswerSoFar(std::unique_ptr<Renderer> renderer, std::size_t text_max)
        : renderer_(std::move(renderer)), text_max_(text_max) {}

    void event(const capability::Event& event, std::string& out) override;
    // `usage` of the last provider; the client is told what all of them used.
    void finish(const model::Usage& usage, std::string& out) override;
    [[nodiscard]] std::uint64_t events() const override { return renderer_->events(); }
    [[nodiscard]] std::size_t held() const override { return renderer_->held() + text_.size(); }

    // Nothing but text and thoughts of one choice came so far, and no end: a call of a tool that was begun cannot be
    // handed over, nor half a character, nor what is longer than the limit.
    [[nodiscard]] bool can_go_on() const;
    [[nodiscard]] const std::string& text() const { return text_; }
    // The present provider has said something, though it may not be written yet: nobody else can begin in its place.
    [[nodiscard]] bool touched() const { return touched_; }
    // The events from here on are those of another provider. `used`: what the one before had used.
    void next_provider(const model::Usage& used);

private:
    void note(const capability::Event& event);

    std::unique_ptr<Renderer> renderer_;
    std::size_t text_max_;
    std::string text_;
    model::Usage used_before_;
    std::uint32_t first_block_ = 0;  // what the present provider calls block 0
    std::uint32_t blocks_ = 0;       // seen so far
    bool only_words_ = true;
    bool touched_ = false;
};

}  // namespace aihub::dialect
