#include "dialect/gemini_parts.hpp"

#include "base/json_text.hpp"
#include "dialect/json_pieces.hpp"

#include <aihub/json_read.hpp>

#include <algorithm>

namespace aihub::dialect {

namespace {

std::string_view finish_reason(const AnswerChoice& choice) {
    switch (finish_of(choice)) {
        case Finish::length:
            return "MAX_TOKENS";
        case Finish::content_filter:
            return "SAFETY";
        default:
            return "STOP";
    }
}

void append_sources(std::string& out, const AnswerChoice& choice) {
    std::string chunks;
    std::string supports;
    std::uint64_t number = 0;
    for (const auto& part : choice.parts) {
        for (const auto& json : part.citations) {
            const auto source = read_citation(json);
            chunks += number == 0 ? "" : ",";
            chunks += "{\"web\":{\"uri\":";
            append_flat_json(chunks, raw_or(source.url, "\"\""));
            chunks += ",\"title\":";
            append_flat_json(chunks, raw_or(source.title, "\"\""));
            chunks += "}}";
            supports += number == 0 ? "" : ",";
            supports += "{\"segment\":{\"startIndex\":";
            supports += raw_or(source.start_index, "0");
            supports += ",\"endIndex\":";
            supports += raw_or(source.end_index, "0");
            if (!source.cited_text.empty()) {
                supports += ",\"text\":";
                append_flat_json(supports, source.cited_text);
            }
            supports += "},\"groundingChunkIndices\":[";
            append_number(supports, number++);
            supports += "]}";
        }
    }
    if (number > 0) {
        out += ",\"groundingMetadata\":{\"groundingChunks\":[" + chunks + "],\"groundingSupports\":[" + supports + "]}";
    }
}

void append_candidate(std::string& out, const sdk::JsonValue& token) {
    out += "{\"token\":";
    append_flat_json(out, raw_or(token["token"].raw(), "\"\""));
    out += ",\"logProbability\":";
    out += raw_or(token["logprob"].raw(), "0");
    out += '}';
}

void append_logprobs(std::string& out, const AnswerChoice& choice) {
    std::string elements;
    for (const auto& part : choice.parts) {
        elements += elements.empty() || part.logprobs.empty() ? "" : ",";
        elements += part.logprobs;
    }
    const std::string array = "[" + elements + "]";
    const auto document = sdk::JsonDocument::parse(array);
    if (elements.empty() || !document) {
        return;
    }
    std::string chosen;
    std::string top;
    for (const auto token : document->root()) {
        chosen += chosen.empty() ? "" : ",";
        append_candidate(chosen, token);
        top += top.empty() ? "{\"candidates\":[" : ",{\"candidates\":[";
        bool first = true;
        for (const auto other : token["top_logprobs"]) {
            top += first ? "" : ",";
            first = false;
            append_candidate(top, other);
        }
        top += "]}";
    }
    out += ",\"logprobsResult\":{\"topCandidates\":[" + top + "],\"chosenCandidates\":[" + chosen + "]}";
}

}  // namespace

bool is_gemini_part(const AnswerPart& part) {
    // Reasoning that only another provider can read would come back as the signature of a thought.
    return part.kind != PartKind::redacted;
}

void append_gemini_part(std::string& out, const AnswerPart& part, std::string_view text, bool is_signed) {
    switch (part.kind) {
        case PartKind::tool:
            out += "{\"functionCall\":{";
            if (!part.id.empty()) {
                out += "\"id\":";
                append_json_string(out, part.id);
                out += ',';
            }
            out += "\"name\":";
            append_json_string(out, part.name);
            out += ",\"args\":";
            append_arguments(out, part.text);
            out += '}';
            break;
        case PartKind::media:
            out += "{\"inlineData\":{\"mimeType\":";
            append_json_string(out, part.name);
            out += ",\"data\":";
            append_json_string(out, part.text);
            out += '}';
            break;
        default:
            out += "{\"text\":";
            append_json_string(out, text);
            out += part.kind == PartKind::reasoning ? ",\"thought\":true" : "";
    }
    if (is_signed && !part.signature.empty()) {
        out += ",\"thoughtSignature\":";
        append_json_string(out, part.signature);
    }
    out += '}';
}

void append_gemini_end(std::string& out, const AnswerChoice& choice) {
    out.append(",\"finishReason\":\"").append(finish_reason(choice)).append("\"");
    append_sources(out, choice);
    append_logprobs(out, choice);
}

void append_gemini_usage(std::string& out, const model::Usage& usage) {
    if (!usage.known()) {
        return;
    }
    const auto input = usage.input.value_or(0);
    const auto output = usage.output.value_or(0);
    const auto thoughts = std::min(usage.reasoning.value_or(0), output);
    out += ",\"usageMetadata\":{\"promptTokenCount\":";
    append_number(out, input);
    out += ",\"candidatesTokenCount\":";
    append_number(out, output - thoughts);
    if (usage.reasoning) {
        out += ",\"thoughtsTokenCount\":";
        append_number(out, thoughts);
    }
    if (usage.cache_read) {
        out += ",\"cachedContentTokenCount\":";
        append_number(out, *usage.cache_read);
    }
    out += ",\"totalTokenCount\":";
    append_number(out, input + output);
    out += '}';
}

}  // namespace aihub::dialect
