#include "dialect/answer_so_far.hpp"

#include "dialect/answer_parts.hpp"

#include <algorithm>
#include <optional>

namespace aihub::dialect {

namespace {

using capability::Event;
using capability::EventKind;

// What was never said stays unsaid.
void add(std::optional<std::uint64_t>& sum, const std::optional<std::uint64_t>& more) {
    if (more) {
        sum = sum.value_or(0) + *more;
    }
}

model::Usage sum_of(const model::Usage& one, const model::Usage& other) {
    model::Usage sum = one;
    add(sum.input, other.input);
    add(sum.output, other.output);
    add(sum.cache_read, other.cache_read);
    add(sum.cache_write, other.cache_write);
    add(sum.reasoning, other.reasoning);
    add(sum.audio, other.audio);
    add(sum.audio_ms, other.audio_ms);
    add(sum.cache_write_1h, other.cache_write_1h);
    return sum;
}

}  // namespace

void AnswerSoFar::event(const Event& event, std::string& out) {
    note(event);
    if (first_block_ == 0) {
        renderer_->event(event, out);
        return;
    }
    // Blocks of two providers are never one.
    auto moved = event;
    moved.block += first_block_;
    renderer_->event(moved, out);
}

void AnswerSoFar::note(const Event& event) {
    switch (event.kind) {
        case EventKind::text:
            if (text_.size() <= text_max_) {
                text_ += event.text;
            }
            break;
        case EventKind::reasoning:
        case EventKind::redacted:
        case EventKind::signature:
            blocks_ = std::max(blocks_, first_block_ + event.block + 1);
            break;
        case EventKind::citation:
        case EventKind::logprobs:
            break;
        case EventKind::model:
        case EventKind::id:
        case EventKind::dropped:
            return;
        default:
            only_words_ = false;
    }
    touched_ = true;
    only_words_ = only_words_ && event.choice == 0;
    if (!only_words_) {
        text_ = std::string();  // Nobody needs it any more.
    }
}

void AnswerSoFar::finish(const model::Usage& usage, std::string& out) {
    only_words_ = false;
    renderer_->finish(sum_of(used_before_, usage), out);
}

bool AnswerSoFar::can_go_on() const {
    return only_words_ && text_.size() <= text_max_ && cut_bytes(text_) == 0;
}

void AnswerSoFar::next_provider(const model::Usage& used) {
    used_before_ = sum_of(used_before_, used);
    first_block_ = std::max<std::uint32_t>(blocks_, 1);
    touched_ = false;
}

}  // namespace aihub::dialect
