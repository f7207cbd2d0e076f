// Newline-delimited JSON, one line after the other as they arrive. No I/O.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace aihub::net {

// Valid until the next call of push(), next() or finish(), and as long as the pushed bytes.
struct NdjsonLine {
    std::string_view text;  // without its line end and white space around it; never empty
    std::string_view raw;   // as it came, with its line end
};

// One for each stream. Lines end with LF or CRLF; empty ones are dropped. What lies in one piece of input is not
// copied.
class NdjsonSplitter {
public:
    // A line of more than `line_bytes_max` bytes, with its end, is an error of that code.
    explicit NdjsonSplitter(std::size_t line_bytes_max, Errc too_large = Errc::upstream_failed)
        : line_bytes_max_(line_bytes_max), too_large_(too_large) {}

    // As in SseSplitter.
    void push(std::string_view bytes);
    [[nodiscard]] Result<bool> next(NdjsonLine& line);
    // After the end of the stream: the last line, if it came without a line end. Whether it is whole only its JSON
    // tells.
    [[nodiscard]] bool finish(NdjsonLine& line);

    template <class Sink>
    Result<void> feed(std::string_view bytes, Sink&& sink) {
        push(bytes);
        NdjsonLine line;
        while (AIHUB_TRY(next(line))) {
            sink(std::as_const(line));
        }
        return {};
    }

    [[nodiscard]] std::string_view partial() const {
        return carry_done_ ? std::string_view() : std::string_view(carry_);
    }

private:
    std::size_t line_bytes_max_;
    Errc too_large_;
    std::string_view input_;
    std::string carry_;
    bool carry_done_ = false;  // the line in carry_ was given out; drop it
    bool failed_ = false;
};

}  // namespace aihub::net
