#include "net/sse.hpp"

#include <algorithm>

namespace aihub::net {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kDataColon = std::string_view("data:").size();
constexpr std::size_t kEventColon = std::string_view("event:").size();

}  // namespace

void SseSplitter::push(std::string_view bytes) {
    if (carry_done_) {
        begin_block();
    }
    input_ = bytes;
    at_ = 0;
    block_at_ = 0;
    next_cr_ = input_.find('\r');
    next_lf_ = input_.find('\n');
}

Result<bool> SseSplitter::next(SseFrame& frame) {
    if (failed_) {
        return fail();
    }
    if (carry_done_) {
        begin_block();
    }
    skip_byte_order_mark();
    while (at_ < input_.size()) {
        if (pending_cr_) {
            pending_cr_ = false;
            extend_block(input_[at_] == '\n' ? at_ + 1 : at_);
            if (end_event(frame)) {
                return true;
            }
            continue;
        }
        if (skip_lf_) {
            skip_lf_ = false;
            if (input_[at_] == '\n') {
                const bool belongs_to_block = !block().empty();
                extend_block(at_ + 1);
                line_at_ += belongs_to_block ? 1 : 0;
                block_at_ = belongs_to_block ? block_at_ : at_;
                continue;
            }
        }
        const std::size_t line_end = find_line_end();
        const std::size_t text_end = line_end == std::string_view::npos ? input_.size() : line_end;
        if (block_size() + (text_end - at_) > event_bytes_max_) {
            return fail();
        }
        if (line_end == std::string_view::npos) {
            extend_block(text_end);
            break;
        }
        if (end_line(line_end, frame)) {
            return true;
        }
    }
    return stop_at_input_end();
}

// True: it was the empty line that ends an event, and there is a frame.
bool SseSplitter::end_line(std::size_t line_end, SseFrame& frame) {
    const std::size_t text_size = block_size() + (line_end - at_);
    const bool empty = text_size == line_at_;
    std::size_t terminator_end = line_end + 1;
    if (input_[line_end] == '\r') {
        const bool ends_event = empty && line_at_ > 0;
        if (ends_event && block().back() == '\r') {
            // Such a stream ends its lines with CR alone. Waiting for what may follow would hold back each event until
            // the next one; a LF that does follow is dropped, wherever the input was cut.
            skip_lf_ = true;
        } else if (terminator_end == input_.size()) {
            pending_cr_ = ends_event;
            skip_lf_ = !ends_event;
        } else if (input_[terminator_end] == '\n') {
            ++terminator_end;
        }
    }
    extend_block(terminator_end);
    if (empty) {
        return !pending_cr_ && end_event(frame);
    }
    const std::string_view bytes = block();
    if (bytes[line_at_] == ':' && !field_seen_) {
        begin_block();
        return false;
    }
    take_field(bytes, text_size);
    line_at_ = bytes.size();
    return false;
}

// The line from line_at_ to `line_end`.
void SseSplitter::take_field(std::string_view bytes, std::size_t line_end) {
    const std::string_view line = bytes.substr(line_at_, line_end - line_at_);
    field_seen_ = true;
    const bool is_data = line.starts_with("data:") || line == "data";
    if (!is_data && !line.starts_with("event:") && line != "event") {
        return;
    }
    std::size_t value_at = std::min(line.size(), is_data ? kDataColon : kEventColon);
    if (value_at < line.size() && line[value_at] == ' ') {
        ++value_at;
    }
    const Range value{line_at_ + value_at, line.size() - value_at};
    if (!is_data) {
        event_ = value;
        return;
    }
    if (++data_lines_ == 1) {
        data_ = value;
        return;
    }
    if (data_lines_ == 2) {
        joined_.assign(bytes.substr(data_.at, data_.size));
    }
    joined_ += '\n';
    joined_ += bytes.substr(value.at, value.size);
}

bool SseSplitter::end_event(SseFrame& frame) {
    const std::string_view bytes = block();
    frame.raw = bytes;
    frame.event = bytes.substr(event_.at, event_.size);
    frame.data = data_lines_ > 1 ? std::string_view(joined_) : bytes.substr(data_.at, data_.size);
    if (frame.data.empty()) {
        begin_block();
        return false;
    }
    if (carry_.empty()) {
        begin_block();
    } else {
        carry_done_ = true;
    }
    return true;
}

void SseSplitter::begin_block() {
    carry_.clear();
    carry_done_ = false;
    block_at_ = at_;
    line_at_ = 0;
    field_seen_ = false;
    event_ = {};
    data_ = {};
    data_lines_ = 0;
}

void SseSplitter::extend_block(std::size_t input_end) {
    if (!carry_.empty()) {
        carry_.append(input_.substr(at_, input_end - at_));
    }
    at_ = input_end;
}

// Whatever is left belongs to an event that goes on in the next piece. Always false: no frame.
bool SseSplitter::stop_at_input_end() {
    if (carry_.empty()) {
        carry_.assign(block());
    }
    input_ = {};
    at_ = 0;
    block_at_ = 0;
    return false;
}

// Either kind is searched for once over each piece of input, so a stream that has only one of them costs no more.
std::size_t SseSplitter::find_line_end() {
    if (next_lf_ < at_) {
        next_lf_ = input_.find('\n', at_);
    }
    if (next_cr_ < at_) {
        next_cr_ = input_.find('\r', at_);
    }
    return next_lf_ < next_cr_ ? next_lf_ : next_cr_;
}

void SseSplitter::skip_byte_order_mark() {
    while (mark_bytes_ < kByteOrderMark.size() && at_ < input_.size()) {
        if (input_[at_] != kByteOrderMark[mark_bytes_]) {
            // The beginning of a mark that is none is text.
            carry_.assign(kByteOrderMark.substr(0, mark_bytes_));
            mark_bytes_ = kByteOrderMark.size();
            break;
        }
        ++at_;
        ++mark_bytes_;
        block_at_ = at_;
    }
}

Error SseSplitter::fail() {
    failed_ = true;
    return Error{too_large_, "an event of the stream is longer than " + std::to_string(event_bytes_max_) + " bytes"};
}

}  // namespace aihub::net
