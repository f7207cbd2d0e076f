#include "dialect/openai_responses_renderer.hpp"

#include "base/json_text.hpp"
#include "dialect/block_order.hpp"
#include "dialect/json_pieces.hpp"
#include "dialect/openai_chat_parts.hpp"
#include "dialect/openai_responses_parts.hpp"
#include "dialect/whole_renderer.hpp"

#include <utility>

namespace aihub::dialect {

namespace {

using capability::Event;
using capability::EventKind;

constexpr std::string_view kPrefix = "resp_";

bool has_content(const AnswerPart& part) {
    const bool sound = part.kind == PartKind::media && !is_image(part);
    return part.kind == PartKind::text || part.kind == PartKind::refusal || sound;
}

class ResponsesStream final : public Renderer, private BlockWriter {
public:
    explicit ResponsesStream(AnswerTraits traits) : traits_(std::move(traits)) {}

    void event(const Event& event, std::string& out) override {
        if (event.kind == EventKind::model) {
            traits_.model = event.text;
        } else if (event.kind == EventKind::id) {
            if (events_ == 0) {
                upstream_id_ = event.text;
            }
        } else if (event.choice == 0) {
            const auto place = answer_.add(event);
            if (place.choice != nullptr) {
                begin(out);
                order_.advance(*place.choice, *this, false, out);
            }
        }
    }

    void finish(const model::Usage& usage, std::string& out) override {
        begin(out);
        auto& choice = answer_.choice(0);
        order_.advance(choice, *this, true, out);
        response_event(std::string("response.").append(response_status(choice)), &choice, usage, out);
    }

    [[nodiscard]] std::uint64_t events() const override { return events_; }
    [[nodiscard]] std::size_t held() const override { return answer_.held(); }

private:
    void event_begin(std::string_view name, std::string& out) {
        out.append("event: ").append(name).append("\ndata: {\"type\":\"").append(name);
        out += "\",\"sequence_number\":";
        append_number(out, events_++);
    }
    static void event_end(std::string& out) { out += "}\n\n"; }

    void response_event(
        std::string_view name, const AnswerChoice* choice, const model::Usage& usage, std::string& out
    ) {
        event_begin(name, out);
        out += ",\"response\":";
        append_response(out, traits_, answer_id(kPrefix, upstream_id_, traits_.id, false), choice, usage);
        event_end(out);
    }
    void begin(std::string& out) {
        if (events_ == 0) {
            response_event("response.created", nullptr, {}, out);
            response_event("response.in_progress", nullptr, {}, out);
        }
    }

    // An event that is about an item's text: `index` names what of the item.
    void text_event_begin(std::string_view name, std::size_t at, std::string_view index, std::string& out) {
        event_begin(name, out);
        out += ",\"item_id\":";
        append_json_string(out, item_id_);
        out += ",\"output_index\":";
        append_number(out, at);
        if (!index.empty()) {
            out.append(",\"").append(index).append("\":0");
        }
    }
    void item_event(std::string_view name, const AnswerPart& part, std::size_t at, ItemState state, std::string& out) {
        event_begin(name, out);
        out += ",\"output_index\":";
        append_number(out, at);
        out += ",\"item\":";
        append_item(out, traits_, part, at, state);
        event_end(out);
    }
    void content_event(std::string_view name, const AnswerPart& part, std::size_t at, bool filled, std::string& out) {
        text_event_begin(name, at, "content_index", out);
        out += ",\"part\":";
        append_content(out, part, filled);
        event_end(out);
    }
    void summary_event(std::string_view name, std::size_t at, std::string_view text, std::string& out) {
        text_event_begin(name, at, "summary_index", out);
        out += ",\"part\":";
        append_summary(out, text);
        event_end(out);
    }

    void open(AnswerChoice& choice, std::size_t at, std::string& out) override {
        const auto& part = choice.parts[at];
        item_id_ = item_id(traits_, part, at);
        item_event("response.output_item.added", part, at, ItemState::in_progress, out);
        if (has_content(part)) {
            content_event("response.content_part.added", part, at, false, out);
        } else if (part.kind == PartKind::reasoning) {
            summary_event("response.reasoning_summary_part.added", at, {}, out);
        }
    }

    void delta(AnswerChoice& choice, std::size_t at, std::string_view text, std::string& out) override {
        auto& part = choice.parts[at];
        switch (part.kind) {
            case PartKind::tool:
                text_event_begin("response.function_call_arguments.delta", at, {}, out);
                break;
            case PartKind::reasoning:
                text_event_begin("response.reasoning_summary_text.delta", at, "summary_index", out);
                break;
            case PartKind::refusal:
                text_event_begin("response.refusal.delta", at, "content_index", out);
                break;
            default:
                text_event_begin("response.output_text.delta", at, "content_index", out);
                out += ",\"logprobs\":[";
                out += part.take_logprobs();
                out += ']';
        }
        out += ",\"delta\":";
        append_json_string(out, text);
        event_end(out);
    }

    void citation(AnswerChoice& choice, std::size_t at, std::size_t number, std::string& out) override {
        text_event_begin("response.output_text.annotation.added", at, "content_index", out);
        out += ",\"annotation_index\":";
        append_number(out, number);
        out += ",\"annotation\":";
        append_url_citation(out, choice.parts[at].citations[number]);
        event_end(out);
    }

    void close(AnswerChoice& choice, std::size_t at, std::string& out) override {
        const auto& part = choice.parts[at];
        close_text(part, at, out);
        if (has_content(part)) {
            content_event("response.content_part.done", part, at, true, out);
        }
        item_event("response.output_item.done", part, at, final_state(choice, at), out);
    }

    void close_text(const AnswerPart& part, std::size_t at, std::string& out) {
        switch (part.kind) {
            case PartKind::text:
                text_event_begin("response.output_text.done", at, "content_index", out);
                out.append(",\"logprobs\":[").append(part.logprobs).append("],\"text\":");
                break;
            case PartKind::refusal:
                text_event_begin("response.refusal.done", at, "content_index", out);
                out += ",\"refusal\":";
                break;
            case PartKind::reasoning:
                text_event_begin("response.reasoning_summary_text.done", at, "summary_index", out);
                out += ",\"text\":";
                break;
            case PartKind::tool:
                text_event_begin("response.function_call_arguments.done", at, {}, out);
                out += ",\"name\":";
                append_json_string(out, part.name);
                out += ",\"arguments\":";
                break;
            default:
                if (!has_content(part) && part.kind == PartKind::media) {
                    text_event_begin("response.image_generation_call.completed", at, {}, out);
                    event_end(out);
                }
                return;
        }
        append_json_string(out, part.text);
        event_end(out);
        if (part.kind == PartKind::reasoning) {
            summary_event("response.reasoning_summary_part.done", at, part.text, out);
        }
    }

    [[nodiscard]] bool keeps(const AnswerPart&) const override { return true; }

    AnswerTraits traits_;
    std::string upstream_id_;
    std::string item_id_;  // of the part that is open
    Answer answer_{Signatures::of_reasoning};
    BlockOrder order_;
    std::uint64_t events_ = 0;
};

class ResponsesWhole final : public WholeRenderer {
public:
    explicit ResponsesWhole(AnswerTraits traits) : WholeRenderer(std::move(traits), Signatures::of_reasoning) {}

    void finish(const model::Usage& usage, std::string& out) override {
        append_response(out, traits_, answer_id(kPrefix, upstream_id_, traits_.id, false), &answer_.choice(0), usage);
    }

private:
    [[nodiscard]] bool has_place_for(const Event& event) const override { return event.choice == 0; }
};

}  // namespace

std::unique_ptr<Renderer> make_openai_responses_renderer(AnswerTraits traits) {
    if (traits.stream) {
        return std::make_unique<ResponsesStream>(std::move(traits));
    }
    return std::make_unique<ResponsesWhole>(std::move(traits));
}

}  // namespace aihub::dialect
