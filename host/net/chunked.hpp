// The chunked transfer coding (RFC 9112, section 7.1), both ways. No I/O.
#pragma once

#include "base/result.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace aihub::net {

struct ChunkedLimits {
    std::size_t extension_bytes_max = 4096;  // of all chunks of one body together
    std::size_t trailer_bytes_max = 8192;
};

struct ChunkedStep {
    std::size_t consumed = 0;  // bytes of the input that are done with
    std::string_view payload;  // a part of the input; may be empty
    bool done = false;         // the body has ended; what lies behind `consumed` is another message
};

// Takes a chunked body apart, one object per body, without copying. Extensions and trailers are checked and thrown
// away. Takes only the grammar: hexadecimal sizes of at most 16 digits, CRLF, no white space.
class ChunkedDecoder {
public:
    // `malformed`: invalid_request for a client's body, upstream_failed for a provider's.
    explicit ChunkedDecoder(Errc malformed, ChunkedLimits limits = {}) : malformed_(malformed), limits_(limits) {}

    // Goes on to the end of the input or of a piece of payload. Call until the input is consumed or the step is done.
    // After an error every call fails.
    [[nodiscard]] Result<ChunkedStep> decode(std::string_view input);
    [[nodiscard]] bool done() const { return state_ == State::done; }
    void restart() { *this = ChunkedDecoder(malformed_, limits_); }

private:
    enum class State : std::uint8_t {
        size_first,
        size,
        extension_name_first,
        extension_name,
        extension_value_first,
        extension_value,
        extension_quoted,
        extension_escaped,
        extension_quoted_end,
        size_lf,
        payload,
        payload_cr,
        payload_lf,
        trailer_first,
        trailer_name,
        trailer_value,
        trailer_lf,
        end_lf,
        done,
        failed,
    };

    [[nodiscard]] State step(unsigned char byte);
    [[nodiscard]] State step_size(unsigned char byte);
    [[nodiscard]] State step_extension(unsigned char byte);
    [[nodiscard]] State step_trailer(unsigned char byte);
    [[nodiscard]] State after_size(unsigned char byte);
    [[nodiscard]] State fail(std::string_view why);

    Errc malformed_;
    ChunkedLimits limits_;
    State state_ = State::size_first;
    int digits_ = 0;
    std::uint64_t remaining_ = 0;  // of the chunk
    std::size_t extension_bytes_ = 0;
    std::size_t trailer_bytes_ = 0;
    std::string_view why_;
};

// "1a\r\n", for a vectored write: head, payload, kChunkEnd. The size is not 0.
class ChunkHead {
public:
    explicit ChunkHead(std::size_t payload_bytes);
    [[nodiscard]] std::string_view text() const { return {text_.data(), size_}; }

private:
    std::array<char, 20> text_{};
    std::size_t size_ = 0;
};

inline constexpr std::string_view kChunkEnd = "\r\n";
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

// Appends `payload` as one chunk; nothing when it is empty, since an empty chunk would end the body.
void append_chunk(std::string& out, std::string_view payload);

}  // namespace aihub::net
