#include "gateway/answer_events.hpp"

#include "net/sse_write.hpp"

#include <chrono>

namespace aihub::gateway {

using capability::Event;
using capability::Framing;

void AnswerEvents::raw(const Event& event, const ReplyFrame& frame, Framing framing) {
    passed_through_ = true;
    ++frames_passed_;
    if (call_.array_stream) {
        output_.add_text(frames_passed_ == 1 ? "[" : ",\n");
        add(event.text);
        return;
    }
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
        make(event);
    }
}

// A codec that passes frames on names finishes, too: only for others they become bytes.
void AnswerEvents::finish_reason(const Event& event) {
    if (passed_through_) {
        return;
    }
    if (renderer_) {
        make(event);
    } else {
        finishes_.emplace_back(event);
    }
}

void AnswerEvents::make(const Event& event) {
    if (const auto& renderer = ensure_renderer(); renderer) {
        text_.clear();
        renderer->event(event, text_);
        output_.add_text(text_);
    }
}

const Rendering& AnswerEvents::ensure_renderer() {
    if (!renderer_) {
        renderer_ = Rendering(call_, asked_, model_, clock_);
        for (const auto& kept : std::exchange(finishes_, {})) {
            make(kept.view());
        }
    }
    return renderer_;
}

Result<void> AnswerEvents::end(const model::Usage& usage, Framing framing) {
    if (passed_through_) {
        if (call_.stream && (framing == Framing::sse || framing == Framing::whole)) {
            output_.add_text(stream_end(call_, frames_passed_ == 0));
        }
        return {};
    }
    const auto& renderer = ensure_renderer();
    if (!renderer) {
        return Error{Errc::upstream_failed, "the plugin gave no answer in the format of the call"};
    }
    text_.clear();
    renderer->finish(usage, text_);
    output_.add_text(text_);
    return {};
}

std::unique_ptr<dialect::Renderer> renderer_of(
    const Call& call, const Asked& asked, std::string_view model, const Clock& clock
) {
    const auto format = dialect::format_of(operation_format(call.operation));
    if (!format) {
        return nullptr;
    }
    dialect::AnswerTraits traits;
    traits.id = call.request_id.starts_with("req_") ? call.request_id.substr(4) : call.request_id;
    traits.model = model;
    traits.created = std::chrono::system_clock::to_time_t(clock.wall_now());
    traits.stream = call.stream;
    traits.include_usage = call.include_usage;
    traits.base64 = call.base64_embeddings;
    traits.array = call.array_stream;
    traits.input_estimate = asked.input_estimate();
    return dialect::make_renderer(*format, std::move(traits));
}

std::string_view stream_end(const Call& call, bool empty) {
    if (call.array_stream) {
        return empty ? "[]" : "]";
    }
    // Formats that are passed on as they are have said their end themselves.
    return traits_of(call.operation).verbatim ? "" : "data: [DONE]\n\n";
}

}  // namespace aihub::gateway
