#include "dialect/answer_parts.hpp"

#include "dialect/json_pieces.hpp"

#include <aihub/text.hpp>

#include <algorithm>

namespace aihub::dialect {

using capability::Event;
using capability::EventKind;

namespace {

// As many as any format lets a client ask for.
constexpr std::uint32_t kChoicesMax = 128;
// A piece belongs to a part that began not long ago; an answer of a million parts must not be searched for each piece.
constexpr std::size_t kPartsSearched = 1024;

// AIHUB_SIGNED_ALONE of <aihub/ext/call.h>: the block of a text's signature that has a part of its own.
constexpr std::uint32_t kSignedAlone = 1;

// Of reasoning that no event is about.
constexpr std::uint32_t kNoBlock = UINT32_MAX;

AnswerPart* last_of(AnswerChoice& choice, PartKind kind, std::uint32_t block) {
    const auto fits = [&](const AnswerPart& part) { return part.kind == kind && part.block == block; };
    const auto searched = static_cast<std::ptrdiff_t>(std::min(choice.parts.size(), kPartsSearched));
    const auto end = choice.parts.rbegin() + searched;
    const auto found = std::find_if(choice.parts.rbegin(), end, fits);
    return found == end ? nullptr : &*found;
}

AnswerPart& begin_part(AnswerChoice& choice, PartKind kind, std::uint32_t block = 0) {
    auto& part = choice.parts.emplace_back();
    part.kind = kind;
    part.block = block;
    return part;
}

// The last part, when a piece of that kind goes on with it.
AnswerPart& going_on(AnswerChoice& choice, PartKind kind, std::uint32_t block = 0) {
    if (!choice.parts.empty()) {
        auto& part = choice.parts.back();
        // A signature ends a block of reasoning, also where the provider does not count its blocks, and a text: what
        // is signed and what is not must not become one.
        const bool ended = part.closed || !part.signature.empty();
        if (part.kind == kind && part.block == block && !ended) {
            return part;
        }
    }
    return begin_part(choice, kind, block);
}

AnswerPart* add_words(AnswerChoice& choice, PartKind kind, const Event& event) {
    if (event.text.empty() && choice.logprobs.empty()) {
        return nullptr;  // Several providers begin with an empty piece, whatever comes next.
    }
    auto& part = going_on(choice, kind, kind == PartKind::reasoning ? event.block : 0);
    part.text += event.text;
    if (kind == PartKind::text && !choice.logprobs.empty()) {
        part.logprobs += part.logprobs.empty() ? "" : ",";
        part.logprobs += choice.logprobs;
        choice.logprobs.clear();
    }
    return &part;
}

AnswerPart* begin_tool(AnswerChoice& choice, const Event& event) {
    auto* const before = last_of(choice, PartKind::tool, event.block);
    if (before != nullptr && (event.extra.empty() || event.extra == before->id)) {
        return nullptr;  // The same call, named again.
    }
    auto& part = begin_part(choice, PartKind::tool, event.block);
    part.number = choice.tools++;
    part.name = event.text;
    part.id = event.extra;
    return &part;
}

AnswerPart* add_arguments(AnswerChoice& choice, const Event& event) {
    auto* const part = last_of(choice, PartKind::tool, event.block);
    if (part == nullptr || part->closed) {
        return nullptr;
    }
    const bool blank = event.text.find_first_not_of(" \t\r\n") == std::string_view::npos;
    if (blank && part->arguments.complete()) {
        return nullptr;  // Another call may be open by now, and it makes no difference.
    }
    part->text += event.text;
    part->arguments.add(event.text);
    return part;
}

AnswerPart* add_signature(AnswerChoice& choice, const Event& event) {
    const PartKind kind = event.extra == "tool"   ? PartKind::tool
                          : event.extra == "text" ? PartKind::text
                                                  : PartKind::reasoning;
    const bool alone = kind == PartKind::text && event.block == kSignedAlone;
    auto* part = last_of(choice, kind, kind == PartKind::text ? 0 : event.block);
    if (part == nullptr || part->closed || alone) {
        if (kind == PartKind::tool) {
            return nullptr;
        }
        part = &begin_part(choice, kind, kind == PartKind::text ? 0 : event.block);
    }
    part->signature = event.text;
    return part;
}

AnswerPart* add_signed_thought(AnswerChoice& choice, const Event& event) {
    auto at = choice.parts.end();
    if (event.extra == "tool") {
        const auto* const call = last_of(choice, PartKind::tool, event.block);
        if (call != nullptr && !call->opened) {
            at = choice.parts.begin() + (call - choice.parts.data());
        }
    }
    auto& part = *choice.parts.emplace(at);
    part.kind = PartKind::reasoning;
    part.block = kNoBlock;
    part.signature = event.text;
    return &part;
}

AnswerPart* add_citation(AnswerChoice& choice, const Event& event) {
    auto* part = last_of(choice, PartKind::text, 0);
    if (part == nullptr || part->closed) {
        part = &begin_part(choice, PartKind::text);
    }
    part->citations.emplace_back(event.text);
    part->citation_bytes += event.text.size();
    return part;
}

AnswerPart* add_whole(AnswerChoice& choice, PartKind kind, const Event& event) {
    auto& part = begin_part(choice, kind, event.block);
    part.text = event.text;
    part.name = event.extra;
    return &part;
}

void add_logprobs(AnswerChoice& choice, const Event& event) {
    const auto elements = elements_of(event.text);
    if (!elements.empty()) {
        choice.logprobs += choice.logprobs.empty() ? "" : ",";
        append_flat_json(choice.logprobs, elements);
    }
}

bool is_of_choice(EventKind kind) {
    switch (kind) {
        case EventKind::usage:
        case EventKind::embedding:
        case EventKind::raw:
        case EventKind::model:
        case EventKind::id:
        case EventKind::dropped:
            return false;
        default:
            return true;
    }
}

}  // namespace

std::size_t cut_bytes(std::string_view text) {
    constexpr std::size_t kCharacterBytesMax = 4;
    for (std::size_t back = 1; back < kCharacterBytesMax && back <= text.size(); ++back) {
        const auto byte = static_cast<unsigned char>(text[text.size() - back]);
        if ((byte & 0xC0U) == 0x80U) {
            continue;
        }
        const std::size_t length = byte >= 0xF0U ? 4 : byte >= 0xE0U ? 3 : byte >= 0xC0U ? 2 : 1;
        return length > back ? back : 0;
    }
    return 0;
}

void JsonProgress::add(std::string_view piece) {
    for (const char c : piece) {
        if (in_string_) {
            in_string_ = escaped_ || c != '"';
            escaped_ = !escaped_ && c == '\\';
            continue;
        }
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            continue;
        }
        first_ = begun_ ? first_ : c;
        begun_ = true;
        if (c == '"') {
            in_string_ = true;
        } else if (c == '{' || c == '[') {
            ++depth_;
        } else if ((c == '}' || c == ']') && depth_ > 0) {
            closed_ = --depth_ == 0 || closed_;
        }
    }
}

std::string_view AnswerPart::unwritten_text(bool last) const {
    const auto rest = std::string_view(text).substr(text_written);
    return last ? rest : rest.substr(0, rest.size() - cut_bytes(rest));
}

void AnswerPart::text_was_written(std::size_t bytes, bool keep) {
    if (keep) {
        text_written += bytes;
        return;
    }
    text.erase(0, text_written + bytes);
    text_written = 0;
}

std::string_view AnswerPart::take_logprobs() {
    auto fresh = std::string_view(logprobs).substr(logprobs_written);
    logprobs_written = logprobs.size();
    if (fresh.starts_with(',')) {
        fresh.remove_prefix(1);
    }
    return fresh;
}

void AnswerPart::drop_citation(std::size_t which) {
    citation_bytes -= citations[which].size();
    citations[which] = std::string();
}

std::size_t AnswerPart::bytes() const {
    return sizeof(AnswerPart) + text.size() + name.size() + id.size() + signature.size() + logprobs.size() +
           citation_bytes + citations.size() * sizeof(std::string);
}

void AnswerChoice::count(AnswerPart& part) {
    const auto bytes = part.bytes();
    parts_held = parts_held - part.counted + bytes;
    part.counted = bytes;
}

std::size_t AnswerChoice::held() const {
    return parts_held + logprobs.size() + finish.size() + stop_sequence.size();
}

Finish finish_of(const AnswerChoice& choice) {
    if (choice.finish == "length") {
        return Finish::length;
    }
    if (choice.finish == "content_filter") {
        return Finish::content_filter;
    }
    return choice.tools > 0 ? Finish::tool_calls : Finish::stop;
}

AnswerChoice& Answer::choice(std::uint32_t index) {
    const auto before = [](const AnswerChoice& one, std::uint32_t wanted) { return one.index < wanted; };
    auto at = std::lower_bound(choices_.begin(), choices_.end(), index, before);
    if (at == choices_.end() || at->index != index) {
        at = choices_.emplace(at);
        at->index = index;
    }
    return *at;
}

Answer::Place Answer::add(const Event& event) {
    if (!is_of_choice(event.kind) || event.choice >= kChoicesMax) {
        return {};
    }
    const auto place = place_of(choice(event.choice), event);
    if (place.part != nullptr) {
        place.choice->count(*place.part);
    }
    return place;
}

std::size_t Answer::held() const {
    std::size_t bytes = 0;
    for (const auto& choice : choices_) {
        bytes += choice.held();
    }
    return bytes;
}

Answer::Place Answer::place_of(AnswerChoice& found, const Event& event) const {
    switch (event.kind) {
        case EventKind::text:
            found.has_text = true;
            return {&found, add_words(found, PartKind::text, event)};
        case EventKind::refusal:
            found.refused = true;
            return {&found, add_words(found, PartKind::refusal, event)};
        case EventKind::reasoning:
            return {&found, add_words(found, PartKind::reasoning, event)};
        case EventKind::redacted:
            return {&found, add_whole(found, PartKind::redacted, event)};
        case EventKind::media:
            return {&found, add_whole(found, PartKind::media, event)};
        case EventKind::tool_begin:
            return {&found, begin_tool(found, event)};
        case EventKind::tool_args:
            return {&found, add_arguments(found, event)};
        case EventKind::signature:
            if (signatures_ == Signatures::of_reasoning && (event.extra == "tool" || event.extra == "text")) {
                return {&found, add_signed_thought(found, event)};
            }
            return {&found, add_signature(found, event)};
        case EventKind::citation:
            return {&found, add_citation(found, event)};
        case EventKind::logprobs:
            add_logprobs(found, event);
            return {&found, nullptr};
        case EventKind::finish:
            if (!found.finished) {
                found.finished = true;
                found.finish = event.extra;
                found.stop_sequence = event.text;
            }
            return {&found, nullptr};
        default:
            return {&found, nullptr};
    }
}

}  // namespace aihub::dialect
