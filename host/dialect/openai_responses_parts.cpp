#include "dialect/openai_responses_parts.hpp"

#include "base/json_text.hpp"
#include "dialect/json_pieces.hpp"
#include "dialect/openai_chat_parts.hpp"

#include <algorithm>

namespace aihub::dialect {

namespace {

std::string_view word_of(ItemState state) {
    switch (state) {
        case ItemState::in_progress:
            return "in_progress";
        case ItemState::incomplete:
            return "incomplete";
        case ItemState::completed:
            break;
    }
    return "completed";
}

bool was_cut(const AnswerChoice& choice) {
    const auto finish = finish_of(choice);
    return finish == Finish::length || finish == Finish::content_filter;
}

void append_reasoning(std::string& out, const AnswerPart& part, bool filled) {
    out += ",\"type\":\"reasoning\",\"summary\":[";
    const bool is_redacted = part.kind == PartKind::redacted;
    if (filled && !is_redacted) {
        append_summary(out, part.text);
    }
    out += ']';
    const std::string& sealed = is_redacted ? part.text : part.signature;
    if (filled && !sealed.empty()) {
        out += ",\"encrypted_content\":";
        append_json_string(out, sealed);
    }
}

void append_call(std::string& out, const AnswerTraits& traits, const AnswerPart& part, bool filled) {
    out += ",\"arguments\":";
    append_json_string(out, !filled ? "" : part.arguments.begun() ? std::string_view(part.text) : "{}");
    out += ",\"call_id\":";
    append_json_string(out, call_id(traits, part));
    out += ",\"name\":";
    append_json_string(out, part.name);
}

void append_picture(std::string& out, const AnswerPart& part, bool filled) {
    out += ",\"output_format\":";
    append_json_string(out, std::string_view(part.name).substr(part.name.find('/') + 1));
    out += ",\"result\":";
    if (filled) {
        append_json_string(out, part.text);
    } else {
        out += "null";
    }
}

void append_message(std::string& out, const AnswerPart& part, bool filled) {
    out += ",\"role\":\"assistant\",\"content\":[";
    if (filled) {
        append_content(out, part, true);
    }
    out += ']';
}

void append_usage(std::string& out, const model::Usage& usage) {
    if (!usage.known()) {
        out += "null";
        return;
    }
    const auto input = usage.input.value_or(0);
    const auto output = usage.output.value_or(0);
    out += "{\"input_tokens\":";
    append_number(out, input);
    out += ",\"input_tokens_details\":{\"cached_tokens\":";
    append_number(out, usage.cache_read.value_or(0));
    if (usage.cache_write) {
        out += ",\"cache_creation_tokens\":";
        append_number(out, *usage.cache_write);
    }
    out += "},\"output_tokens\":";
    append_number(out, output);
    out += ",\"output_tokens_details\":{\"reasoning_tokens\":";
    append_number(out, usage.reasoning.value_or(0));
    out += "},\"total_tokens\":";
    append_number(out, input + output);
    out += '}';
}

}  // namespace

std::string item_id(const AnswerTraits& traits, const AnswerPart& part, std::size_t at) {
    const std::string_view prefix = part.kind == PartKind::tool                                           ? "fc_"
                                    : part.kind == PartKind::reasoning || part.kind == PartKind::redacted ? "rs_"
                                    : is_image(part)                                                      ? "ig_"
                                                                                                          : "msg_";
    std::string id(prefix);
    id += made_id(traits.id);
    id += '_';
    append_number(id, at);
    return id;
}

void append_item(
    std::string& out, const AnswerTraits& traits, const AnswerPart& part, std::size_t at, ItemState state
) {
    const bool filled = state != ItemState::in_progress;
    out += "{\"id\":";
    append_json_string(out, item_id(traits, part, at));
    if (part.kind == PartKind::reasoning || part.kind == PartKind::redacted) {
        append_reasoning(out, part, filled);
        out += '}';
        return;
    }
    out += part.kind == PartKind::tool ? ",\"type\":\"function_call\""
           : is_image(part)            ? ",\"type\":\"image_generation_call\""
                                       : ",\"type\":\"message\"";
    out.append(",\"status\":\"").append(word_of(state)).append("\"");
    if (part.kind == PartKind::tool) {
        append_call(out, traits, part, filled);
    } else if (is_image(part)) {
        append_picture(out, part, filled);
    } else {
        append_message(out, part, filled);
    }
    out += '}';
}

void append_content(std::string& out, const AnswerPart& part, bool filled) {
    const auto text = filled ? std::string_view(part.text) : std::string_view();
    if (part.kind == PartKind::refusal) {
        out += "{\"type\":\"refusal\",\"refusal\":";
        append_json_string(out, text);
        out += '}';
        return;
    }
    if (part.kind == PartKind::media) {
        out += "{\"type\":\"output_audio\",\"transcript\":\"\",\"data\":";
        append_json_string(out, text);
        out += '}';
        return;
    }
    out += "{\"type\":\"output_text\",\"annotations\":[";
    for (std::size_t at = 0; filled && at < part.citations.size(); ++at) {
        out += at == 0 ? "" : ",";
        append_url_citation(out, part.citations[at]);
    }
    out += "],\"logprobs\":[";
    out += filled ? std::string_view(part.logprobs) : std::string_view();
    out += "],\"text\":";
    append_json_string(out, text);
    out += '}';
}

void append_summary(std::string& out, std::string_view text) {
    out += "{\"type\":\"summary_text\",\"text\":";
    append_json_string(out, text);
    out += '}';
}

void append_url_citation(std::string& out, std::string_view citation) {
    const auto source = read_citation(citation);
    out += "{\"type\":\"url_citation\",";
    append_link(out, source);
    out += '}';
}

ItemState final_state(const AnswerChoice& choice, std::size_t at) {
    return was_cut(choice) && at + 1 == choice.parts.size() ? ItemState::incomplete : ItemState::completed;
}

std::string_view response_status(const AnswerChoice& choice) {
    return was_cut(choice) ? "incomplete" : "completed";
}

void append_response(
    std::string& out,
    const AnswerTraits& traits,
    std::string_view id,
    const AnswerChoice* choice,
    const model::Usage& usage
) {
    out += "{\"id\":";
    append_json_string(out, id);
    out += ",\"object\":\"response\",\"created_at\":" + std::to_string(traits.created) + ",\"status\":\"";
    out += choice == nullptr ? "in_progress" : response_status(*choice);
    out += "\",\"error\":null,\"incomplete_details\":";
    if (choice != nullptr && was_cut(*choice)) {
        const bool length = finish_of(*choice) == Finish::length;
        out += length ? "{\"reason\":\"max_output_tokens\"}" : "{\"reason\":\"content_filter\"}";
    } else {
        out += "null";
    }
    out += ",\"instructions\":null,\"max_output_tokens\":null,\"metadata\":{},\"model\":";
    append_json_string(out, traits.model);
    out += ",\"output\":[";
    for (std::size_t at = 0; choice != nullptr && at < choice->parts.size(); ++at) {
        out += at == 0 ? "" : ",";
        append_item(out, traits, choice->parts[at], at, final_state(*choice, at));
    }
    out +=
        "],\"parallel_tool_calls\":true,\"previous_response_id\":null,\"store\":false,\"temperature\":null,"
        "\"text\":{\"format\":{\"type\":\"text\"}},\"tool_choice\":\"auto\",\"tools\":[],\"top_p\":null,"
        "\"truncation\":\"disabled\",\"usage\":";
    if (choice == nullptr) {
        out += "null";
    } else {
        append_usage(out, usage);
    }
    out += '}';
}

}  // namespace aihub::dialect
