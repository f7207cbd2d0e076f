#include "dialect/block_order.hpp"

namespace aihub::dialect {

void BlockOrder::write_text(AnswerChoice& choice, std::size_t at, BlockWriter& writer, bool last, std::string& out) {
    auto& part = choice.parts[at];
    if (part.kind == PartKind::redacted || part.kind == PartKind::media) {
        return;
    }
    if (last && part.kind == PartKind::tool && !part.arguments.begun()) {
        part.text += "{}";
    }
    const auto text = part.unwritten_text(last);
    if (!text.empty()) {
        const auto bytes = text.size();
        writer.delta(choice, at, text, out);
        part.text_was_written(bytes, writer.keeps(part));
    }
    while (part.citations_written < part.citations.size()) {
        writer.citation(choice, at, part.citations_written++, out);
    }
}

void BlockOrder::advance(AnswerChoice& choice, BlockWriter& writer, bool ended, std::string& out) {
    while (at_ < choice.parts.size()) {
        auto& part = choice.parts[at_];
        const bool followed = at_ + 1 < choice.parts.size();
        if (!part.opened) {
            // Its signature may have to stand before it.
            if (part.kind == PartKind::tool && !part.arguments.begun() && !followed && !ended) {
                return;
            }
            part.opened = true;
            writer.open(choice, at_, out);
        }
        const bool waits = part.kind == PartKind::tool && !part.arguments.complete();
        const bool closes = ended || (followed && !waits);
        write_text(choice, at_, writer, closes, out);
        if (!closes) {
            choice.count(part);
            return;
        }
        part.closed = true;
        writer.close(choice, at_, out);
        if (!writer.keeps(part)) {
            part.text = std::string();
        }
        choice.count(part);
        ++at_;
    }
}

}  // namespace aihub::dialect
