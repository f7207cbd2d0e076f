#include "dialect/anthropic_renderer.hpp"

#include "base/json_text.hpp"
#include "dialect/answer_parts.hpp"
#include "dialect/block_order.hpp"
#include "dialect/json_pieces.hpp"
#include "dialect/whole_renderer.hpp"

#include <algorithm>
#include <utility>

namespace aihub::dialect {

namespace {

using capability::Event;
using capability::EventKind;

constexpr std::string_view kPrefix = "msg_";

void append_cache_usage(std::string& out, const model::Usage& usage) {
    const auto written = usage.cache_write.value_or(0);
    out += ",\"cache_creation_input_tokens\":";
    append_number(out, written);
    out += ",\"cache_read_input_tokens\":";
    append_number(out, usage.cache_read.value_or(0));
    if (usage.cache_write) {
        const auto hour = std::min(usage.cache_write_1h.value_or(0), written);
        out += ",\"cache_creation\":{\"ephemeral_5m_input_tokens\":";
        append_number(out, written - hour);
        out += ",\"ephemeral_1h_input_tokens\":";
        append_number(out, hour);
        out += '}';
    }
}

// Here input, what was read from the cache and what was written to it are three counts, none within another.
void append_usage(std::string& out, const model::Usage& usage, std::uint64_t input_estimate) {
    const auto cached = usage.cache_read.value_or(0) + usage.cache_write.value_or(0);
    const auto input = usage.input.value_or(input_estimate);
    out += "{\"input_tokens\":";
    append_number(out, input - std::min(input, cached));
    append_cache_usage(out, usage);
    out += ",\"output_tokens\":";
    append_number(out, usage.output.value_or(0));
    out += '}';
}

// "stop_reason":...,"stop_sequence":...
void append_stop(std::string& out, const AnswerChoice& choice) {
    const auto finish = finish_of(choice);
    const bool at_sequence = finish == Finish::stop && !choice.stop_sequence.empty();
    const bool refused = finish == Finish::content_filter || (finish == Finish::stop && choice.refused);
    out += "\"stop_reason\":\"";
    out += finish == Finish::length       ? "max_tokens"
           : finish == Finish::tool_calls ? "tool_use"
           : refused                      ? "refusal"
           : at_sequence                  ? "stop_sequence"
                                          : "end_turn";
    out += "\",\"stop_sequence\":";
    if (at_sequence && !refused) {
        append_json_string(out, choice.stop_sequence);
    } else {
        out += "null";
    }
}

void append_citation(std::string& out, std::string_view json) {
    const auto source = read_citation(json);
    out += "{\"type\":\"web_search_result_location\",\"url\":";
    append_flat_json(out, raw_or(source.url, "\"\""));
    out += ",\"title\":";
    append_flat_json(out, raw_or(source.title, "null"));
    out += ",\"cited_text\":";
    append_flat_json(out, raw_or(source.cited_text, "\"\""));
    out += ",\"encrypted_index\":\"\"}";
}

// The block up to the members that a stream fills piece by piece.
void append_block_begin(std::string& out, const AnswerPart& part, std::string_view own_id) {
    switch (part.kind) {
        case PartKind::redacted:
            out += "{\"type\":\"redacted_thinking\",\"data\":";
            append_json_string(out, part.text);
            return;
        case PartKind::media:
            out += part.name.starts_with("image/") ? "{\"type\":\"image\"" : "{\"type\":\"document\"";
            out += ",\"source\":{\"type\":\"base64\",\"media_type\":";
            append_json_string(out, part.name);
            out += ",\"data\":";
            append_json_string(out, part.text);
            out += '}';
            return;
        case PartKind::tool:
            out += "{\"type\":\"tool_use\",\"id\":";
            append_json_string(
                out,
                part.id.empty() ? std::string("toolu_").append(made_id(own_id)) + std::to_string(part.number) : part.id
            );
            out += ",\"name\":";
            append_json_string(out, part.name);
            return;
        case PartKind::reasoning:
            out += "{\"type\":\"thinking\"";
            return;
        default:
            out += "{\"type\":\"text\"";
    }
}

// {"id":...,"content":
void append_message_begin(std::string& out, const AnswerTraits& traits, std::string_view id) {
    out += "{\"id\":";
    append_json_string(out, id);
    out += ",\"type\":\"message\",\"role\":\"assistant\",\"model\":";
    append_json_string(out, traits.model);
    out += ",\"content\":";
}

class MessageStream final : public Renderer, private BlockWriter {
public:
    explicit MessageStream(AnswerTraits traits) : traits_(std::move(traits)) {}

    void event(const Event& event, std::string& out) override {
        if (event.kind == EventKind::model) {
            traits_.model = event.text;
        } else if (event.kind == EventKind::id) {
            upstream_id_ = event.text;
        } else if (event.choice == 0 && event.kind != EventKind::logprobs) {
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
        event_begin("message_delta", out);
        out += ",\"delta\":{";
        append_stop(out, choice);
        out += "},\"usage\":";
        append_usage(out, usage, traits_.input_estimate);
        event_end(out);
        event_begin("message_stop", out);
        event_end(out);
    }

    [[nodiscard]] std::uint64_t events() const override { return events_; }
    [[nodiscard]] std::size_t held() const override { return answer_.held(); }

private:
    void event_begin(std::string_view name, std::string& out) {
        ++events_;
        out.append("event: ").append(name).append("\ndata: {\"type\":\"").append(name).append("\"");
    }
    static void event_end(std::string& out) { out += "}\n\n"; }
    void block_event_begin(std::string_view name, std::size_t at, std::string& out) {
        event_begin(name, out);
        out += ",\"index\":";
        append_number(out, at);
    }

    void begin(std::string& out) {
        if (events_ > 0) {
            return;
        }
        event_begin("message_start", out);
        out += ",\"message\":";
        append_message_begin(out, traits_, answer_id(kPrefix, upstream_id_, traits_.id, false));
        out += "[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":";
        append_usage(out, {}, traits_.input_estimate);
        out += '}';
        event_end(out);
    }

    void open(AnswerChoice& choice, std::size_t at, std::string& out) override {
        const auto& part = choice.parts[at];
        block_event_begin("content_block_start", at, out);
        out += ",\"content_block\":";
        append_block_begin(out, part, traits_.id);
        if (part.kind == PartKind::tool) {
            out += ",\"input\":{}";
        } else if (part.kind == PartKind::reasoning) {
            out += ",\"thinking\":\"\",\"signature\":\"\"";
        } else if (part.kind == PartKind::text || part.kind == PartKind::refusal) {
            out += ",\"text\":\"\"";
        }
        out += '}';
        event_end(out);
    }

    void delta(AnswerChoice& choice, std::size_t at, std::string_view text, std::string& out) override {
        if (!is_raw(choice.parts[at])) {
            write_delta(choice.parts[at].kind, at, text, out);
        }
    }
    void write_delta(PartKind kind, std::size_t at, std::string_view text, std::string& out) {
        block_event_begin("content_block_delta", at, out);
        out += kind == PartKind::tool        ? ",\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":"
               : kind == PartKind::reasoning ? ",\"delta\":{\"type\":\"thinking_delta\",\"thinking\":"
                                             : ",\"delta\":{\"type\":\"text_delta\",\"text\":";
        append_json_string(out, text);
        out += '}';
        event_end(out);
    }

    void citation(AnswerChoice& choice, std::size_t at, std::size_t number, std::string& out) override {
        block_event_begin("content_block_delta", at, out);
        out += ",\"delta\":{\"type\":\"citations_delta\",\"citation\":";
        append_citation(out, choice.parts[at].citations[number]);
        out += '}';
        event_end(out);
        choice.parts[at].drop_citation(number);
    }

    void close(AnswerChoice& choice, std::size_t at, std::string& out) override {
        auto& part = choice.parts[at];
        if (is_raw(part)) {
            std::string object;
            append_arguments(object, part.text);
            write_delta(part.kind, at, object, out);
            part.text = std::string();
        }
        if (part.kind == PartKind::reasoning && !part.signature.empty()) {
            block_event_begin("content_block_delta", at, out);
            out += ",\"delta\":{\"type\":\"signature_delta\",\"signature\":";
            append_json_string(out, part.signature);
            out += '}';
            event_end(out);
            part.signature = std::string();
        }
        block_event_begin("content_block_stop", at, out);
        event_end(out);
    }

    // Arguments that are no object become one, and so they are written as a whole.
    static bool is_raw(const AnswerPart& part) {
        return part.kind == PartKind::tool && part.arguments.begun() && !part.arguments.object();
    }
    [[nodiscard]] bool keeps(const AnswerPart& part) const override { return is_raw(part); }

    AnswerTraits traits_;
    std::string upstream_id_;
    Answer answer_{Signatures::of_reasoning};
    BlockOrder order_;
    std::uint64_t events_ = 0;
};

class MessageWhole final : public WholeRenderer {
public:
    explicit MessageWhole(AnswerTraits traits) : WholeRenderer(std::move(traits), Signatures::of_reasoning) {}

    void finish(const model::Usage& usage, std::string& out) override {
        const auto& choice = answer_.choice(0);
        append_message_begin(out, traits_, answer_id(kPrefix, upstream_id_, traits_.id, false));
        out += '[';
        bool first = true;
        for (const auto& part : choice.parts) {
            out += first ? "" : ",";
            first = false;
            append_block(out, part);
        }
        out += "],";
        append_stop(out, choice);
        out += ",\"usage\":";
        append_usage(out, usage, traits_.input_estimate);
        out += '}';
    }

private:
    void append_block(std::string& out, const AnswerPart& part) const {
        append_block_begin(out, part, traits_.id);
        switch (part.kind) {
            case PartKind::tool:
                out += ",\"input\":";
                append_arguments(out, part.text);
                break;
            case PartKind::reasoning:
                out += ",\"thinking\":";
                append_json_string(out, part.text);
                out += ",\"signature\":";
                append_json_string(out, part.signature);
                break;
            case PartKind::text:
            case PartKind::refusal:
                append_text(out, part);
                break;
            default:
                break;
        }
        out += '}';
    }

    static void append_text(std::string& out, const AnswerPart& part) {
        out += ",\"text\":";
        append_json_string(out, part.text);
        for (std::size_t at = 0; at < part.citations.size(); ++at) {
            out += at == 0 ? ",\"citations\":[" : ",";
            append_citation(out, part.citations[at]);
        }
        out += part.citations.empty() ? "" : "]";
    }

    [[nodiscard]] bool has_place_for(const Event& event) const override {
        return event.choice == 0 && event.kind != EventKind::logprobs;
    }
};

}  // namespace

std::unique_ptr<Renderer> make_anthropic_renderer(AnswerTraits traits) {
    if (traits.stream) {
        return std::make_unique<MessageStream>(std::move(traits));
    }
    return std::make_unique<MessageWhole>(std::move(traits));
}

}  // namespace aihub::dialect
