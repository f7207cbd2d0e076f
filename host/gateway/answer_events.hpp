// What a codec says of an answer, as bytes for the client.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "capability/provider.hpp"
#include "dialect/renderer.hpp"
#include "gateway/asked.hpp"
#include "gateway/call.hpp"
#include "gateway/continuation.hpp"
#include "gateway/kept_event.hpp"
#include "gateway/output.hpp"
#include "gateway/reply_frames.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::gateway {

// What makes the client's format from events; nullptr: the call has none that can be made.
[[nodiscard]] std::unique_ptr<dialect::Renderer> renderer_of(
    const Call& call, const Asked& asked, std::string_view model, const Clock& clock
);

// The end marker of the call's stream format, for answers that were passed through.
[[nodiscard]] std::string_view stream_end(const Call& call, bool empty);

// One for each attempt. Frames that a codec passes on go out as they came; from events a renderer makes the client's
// format. An answer is the one or the other: once a frame was passed on, events make no bytes.
class AnswerEvents {
public:
    // `scratch`: the loop's; only bytes in it stay where they are until relay has sent them. `model` is what the answer
    // names. Everything that is not a value outlives this.
    AnswerEvents(
        const Call& call,
        const Asked& asked,
        const std::string& model,
        const Clock& clock,
        std::span<const char> scratch,
        Output& output
    )
        : call_(call), asked_(asked), model_(model), clock_(clock), scratch_(scratch), output_(output) {}

    // A raw event, emitted for `frame` of a reply of that framing. Of a whole reply to a call for a stream it becomes
    // an event of the stream.
    void raw(const capability::Event& event, const ReplyFrame& frame, capability::Framing framing);
    // Bytes of a large whole reply, as they came.
    void pass(std::string_view bytes);
    // Of those that were held.
    void pass_held(std::string&& bytes);
    void finish_reason(const capability::Event& event);
    // The model that really answered, for an answer that has begun.
    void model(const capability::Event& event) {
        if (renderer_) {
            make(event);
        }
    }
    // Any other event that makes bytes.
    void event(const capability::Event& event);
    // The answer is complete. Error: nothing was passed on of a format that cannot be made from events.
    [[nodiscard]] Result<void> end(const model::Usage& usage, capability::Framing framing);

    [[nodiscard]] Rendering* rendering() { return passed_through_ ? nullptr : &renderer_; }
    [[nodiscard]] bool passed_through() const { return passed_through_; }
    // Bytes of the answer that cannot be written yet, or are needed at its end.
    [[nodiscard]] std::size_t held() const { return renderer_ ? renderer_->held() : 0; }
    // How many frames were passed on, or events made.
    [[nodiscard]] std::uint64_t frames_passed() const { return renderer_ ? renderer_->events() : frames_passed_; }

private:
    void add(std::string_view bytes);
    const Rendering& ensure_renderer();
    void make(const capability::Event& event);

    const Call& call_;
    const Asked& asked_;
    const std::string& model_;
    const Clock& clock_;
    std::span<const char> scratch_;
    Output& output_;
    Rendering renderer_;
    std::string text_;                 // what it makes
    std::vector<KeptEvent> finishes_;  // until it is known who needs them
    bool passed_through_ = false;
    std::uint64_t frames_passed_ = 0;
};

}  // namespace aihub::gateway
