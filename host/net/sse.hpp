// Server-sent events, taken apart as they arrive (WHATWG HTML, section 9.2). No I/O.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace aihub::net {

// Valid until the next call of push() or next(), and as long as the pushed bytes.
struct SseFrame {
    std::string_view event;  // empty: none was named
    std::string_view data;   // lines joined with "\n"; never empty
    std::string_view raw;    // as it came, from its first field to its empty line; can be relayed as it is
};

// One for each stream. The result does not depend on how the bytes were cut. An event that lies in one piece of input
// is not copied (several data lines are: they are joined); the beginning of one that does not is kept, up to a limit.
// Dropped: comments before an event, events without data or with empty data, a byte order mark at the start.
class SseSplitter {
public:
    // An event of more than `event_bytes_max` bytes before its empty line is an error of that code, for good.
    explicit SseSplitter(std::size_t event_bytes_max, Errc too_large = Errc::upstream_failed)
        : event_bytes_max_(event_bytes_max), too_large_(too_large) {}

    // Gives the next piece of the stream. Call only when next() has answered false (or at the start).
    void push(std::string_view bytes);
    // The next event. False: all that was pushed is used up; nothing of it is looked at any more.
    [[nodiscard]] Result<bool> next(SseFrame& frame);

    // Both in one: calls sink(const SseFrame&) for each event.
    template <class Sink>
    Result<void> feed(std::string_view bytes, Sink&& sink) {
        push(bytes);
        SseFrame frame;
        while (AIHUB_TRY(next(frame))) {
            sink(std::as_const(frame));
        }
        return {};
    }

    // The beginning of an event whose end has not come. When the stream ends and this is not empty, the event was cut
    // off (or its last empty line was left out: push("\n\n") then gives that event).
    [[nodiscard]] std::string_view partial() const {
        return carry_done_ ? std::string_view() : std::string_view(carry_);
    }

private:
    struct Range {
        std::size_t at = 0, size = 0;
    };

    void skip_byte_order_mark();
    [[nodiscard]] std::size_t find_line_end();
    [[nodiscard]] std::size_t block_size() const { return carry_.empty() ? at_ - block_at_ : carry_.size(); }
    [[nodiscard]] std::string_view block() const {
        return carry_.empty() ? std::string_view(input_.data() + block_at_, at_ - block_at_) : std::string_view(carry_);
    }
    void extend_block(std::size_t input_end);
    void begin_block();
    bool stop_at_input_end();
    bool end_line(std::size_t line_end, SseFrame& frame);
    bool end_event(SseFrame& frame);
    void take_field(std::string_view bytes, std::size_t line_end);
    [[nodiscard]] Error fail();

    std::size_t event_bytes_max_;
    Errc too_large_;
    bool failed_ = false;

    std::string_view input_;
    std::size_t at_ = 0;          // input_ up to here is used up
    std::size_t next_cr_ = 0;     // of the first CR in input_ at or behind the place of the last search
    std::size_t next_lf_ = 0;     // the same for LF
    std::size_t mark_bytes_ = 0;  // of the byte order mark that were seen; its size: this question is settled

    // The block is the event so far: carry_ if that is not empty, else the bytes of input_ from block_at_ to at_.
    std::string carry_;
    bool carry_done_ = false;  // carry_ was given out as a frame and goes at the next call
    std::size_t block_at_ = 0;
    std::size_t line_at_ = 0;  // where the line that is being read begins in the block
    bool pending_cr_ = false;  // the block ends with the CR of an empty line that may be a CRLF
    bool skip_lf_ = false;     // the line before ended with the last CR of the input: a LF now belongs to it
    bool field_seen_ = false;  // in this block
    Range event_, data_;       // values, in the block
    std::size_t data_lines_ = 0;
    std::string joined_;  // the data when there are several lines
};

}  // namespace aihub::net
