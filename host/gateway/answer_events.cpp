#include "gateway/answer_events.hpp"

#include "net/sse_write.hpp"

#include <chrono>

namespace aihub::gateway {

using capability::Event;
using capability::EventKind;
using capability::Framing;

void AnswerEvents::raw(const Event& event, const ReplyFrame& frame, Framing framing) {
    passed_through_ = true;
    ++frames_passed_;
    const bool same = frame.data.data() != nullptr && event.text.data() == frame.data.data() &&
                      event.text.size() == frame.data.size();
    const bool streamed = framing == Framing::sse || (framing == Framing::whole && call_.stream);
    if (same && framing != Framing::whole) {
        add(frame.raw);
    } else if (same && !streamed) {
        add(event.text);
    } else if (streamed) {
        std::string text;
        net::append_sse(text, event.extra, event.text);
        output_.add_text(text);
    } else {
        output_.add_text(event.text);
    }
}

void AnswerEvents::pass(std::string_view bytes) {
    passed_through_ = true;
    add(bytes);
}

void AnswerEvents::pass_held(std::string&& bytes) {
    passed_through_ = true;
    output_.take_text(std::move(bytes));
}

void AnswerEvents::add(std::string_view bytes) {
    if (bytes.data() >= scratch_.data() && bytes.data() < scratch_.data() + scratch_.size()) {
        output_.add_view(bytes);
    } else {
        output_.add_text(bytes);
    }
}

void AnswerEvents::event(const Event& event) {
    if (!passed_through_) {
        ensure_renderer().event(event, output_);
    }
}

// A codec that passes frames on names finishes, too: only for others they become bytes.
void AnswerEvents::finish_reason(const Event& event) {
    if (renderer_) {
        renderer_->event(event, output_);
    } else if (!passed_through_) {
        finishes_.emplace_back(event.choice, event.extra);
    }
}

Renderer& AnswerEvents::ensure_renderer() {
    if (!renderer_) {
        const auto created = std::chrono::system_clock::to_time_t(clock_.wall_now());
        renderer_ = make_renderer(call_, model_, created);
        for (const auto& [choice, reason] : std::exchange(finishes_, {})) {
            Event event;
            event.kind = EventKind::finish;
            event.choice = choice;
            event.extra = reason;
            renderer_->event(event, output_);
        }
    }
    return *renderer_;
}

void AnswerEvents::end(const model::Usage& usage, Framing framing) {
    if (!passed_through_) {
        ensure_renderer().finish(usage, output_);
    } else if (call_.stream && (framing == Framing::sse || framing == Framing::whole)) {
        output_.add_text(stream_end(call_));
    }
}

}  // namespace aihub::gateway
