#include "dialect/openai_chat_parts.hpp"

#include "base/json_text.hpp"
#include "dialect/json_pieces.hpp"

namespace aihub::dialect {

void append_chat_head(std::string& out, const AnswerTraits& traits, std::string_view id, std::string_view object) {
    out += "{\"id\":";
    append_json_string(out, id);
    out.append(",\"object\":\"").append(object);
    out += "\",\"created\":" + std::to_string(traits.created) + ",\"model\":";
    append_json_string(out, traits.model);
    out += ",\"choices\":[";
}

std::string call_id(const AnswerTraits& traits, const AnswerPart& part) {
    return part.id.empty() ? "call_" + made_id(traits.id) + "_" + std::to_string(part.number) : part.id;
}

void append_chat_usage(std::string& out, const model::Usage& usage) {
    const auto input = usage.input.value_or(0);
    const auto output = usage.output.value_or(0);
    out += "{\"prompt_tokens\":";
    append_number(out, input);
    out += ",\"completion_tokens\":";
    append_number(out, output);
    out += ",\"total_tokens\":";
    append_number(out, input + output);
    if (usage.cache_read || usage.cache_write) {
        out += ",\"prompt_tokens_details\":{\"cached_tokens\":";
        append_number(out, usage.cache_read.value_or(0));
        if (usage.cache_write) {
            out += ",\"cache_creation_tokens\":";
            append_number(out, *usage.cache_write);
        }
        out += '}';
    }
    if (usage.reasoning) {
        out += ",\"completion_tokens_details\":{\"reasoning_tokens\":";
        append_number(out, *usage.reasoning);
        out += '}';
    }
    out += '}';
}

void append_thinking_block(std::string& out, const AnswerPart& part) {
    if (part.kind == PartKind::redacted) {
        out += "{\"type\":\"redacted_thinking\",\"data\":";
        append_json_string(out, part.text);
        out += '}';
        return;
    }
    out += "{\"type\":\"thinking\",\"thinking\":";
    append_json_string(out, part.text);
    out += ",\"signature\":";
    append_json_string(out, part.signature);
    out += '}';
}

void append_extra_content(std::string& out, std::string_view signature) {
    out += "{\"google\":{\"thought_signature\":";
    append_json_string(out, signature);
    out += "}}";
}

void append_annotation(std::string& out, std::string_view citation) {
    const auto source = read_citation(citation);
    out += "{\"type\":\"url_citation\",\"url_citation\":{";
    append_link(out, source);
    if (!source.cited_text.empty()) {
        out += ",\"content\":";
        append_flat_json(out, source.cited_text);
    }
    out += "}}";
}

void append_image(std::string& out, const AnswerPart& part, std::uint64_t number) {
    out += "{\"type\":\"image_url\",\"index\":";
    append_number(out, number);
    out += ",\"image_url\":{\"url\":";
    append_json_string(out, "data:" + part.name + ";base64," + part.text);
    out += "}}";
}

void append_audio(std::string& out, const AnswerPart& part, std::string_view own_id, std::int64_t created) {
    out += "{\"id\":";
    append_json_string(out, std::string("audio_").append(own_id));
    out += ",\"data\":";
    append_json_string(out, part.text);
    // It is not stored, so it can be named no longer than now.
    out += ",\"expires_at\":" + std::to_string(created) + ",\"transcript\":\"\"}";
}

std::string_view chat_finish(const AnswerChoice& choice) {
    switch (finish_of(choice)) {
        case Finish::length:
            return "length";
        case Finish::tool_calls:
            return "tool_calls";
        case Finish::content_filter:
            return "content_filter";
        case Finish::stop:
            break;
    }
    return "stop";
}

bool is_image(const AnswerPart& part) {
    return part.kind == PartKind::media && part.name.starts_with("image/");
}

}  // namespace aihub::dialect
