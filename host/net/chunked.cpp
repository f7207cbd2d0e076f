#include "net/chunked.hpp"

#include "net/http_chars.hpp"

#include <algorithm>
#include <charconv>

namespace aihub::net {

Result<ChunkedStep> ChunkedDecoder::decode(std::string_view input) {
    std::size_t at = 0;
    while (at < input.size() && state_ != State::done && state_ != State::failed) {
        if (state_ == State::payload) {
            const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size() - at));
            remaining_ -= size;
            state_ = remaining_ == 0 ? State::payload_cr : State::payload;
            return ChunkedStep{at + size, input.substr(at, size), false};
        }
        state_ = step(static_cast<unsigned char>(input[at]));
        ++at;
    }
    if (state_ == State::failed) {
        return Error{malformed_, std::string(why_)};
    }
    return ChunkedStep{at, {}, state_ == State::done};
}

ChunkedDecoder::State ChunkedDecoder::fail(std::string_view why) {
    why_ = why;
    return State::failed;
}

ChunkedDecoder::State ChunkedDecoder::step(unsigned char byte) {
    switch (state_) {
        case State::size_first:
        case State::size:
        case State::size_lf:
            return step_size(byte);
        case State::payload_cr:
            return byte == '\r' ? State::payload_lf : fail("a chunk is longer than its size");
        case State::payload_lf:
            return byte == '\n' ? State::size_first : fail("a chunk does not end with CR LF");
        case State::trailer_first:
        case State::trailer_name:
        case State::trailer_value:
        case State::trailer_lf:
        case State::end_lf:
            return step_trailer(byte);
        default:
            return step_extension(byte);
    }
}

ChunkedDecoder::State ChunkedDecoder::step_size(unsigned char byte) {
    if (state_ == State::size_lf) {
        if (byte != '\n') {
            return fail("a chunk size line does not end with CR LF");
        }
        digits_ = 0;
        return remaining_ == 0 ? State::trailer_first : State::payload;
    }
    const int value = hex_value(byte);
    if (value < 0) {
        return state_ == State::size ? after_size(byte) : fail("a chunk size does not begin with a hexadecimal digit");
    }
    constexpr int kDigitsMax = 16;
    if (++digits_ > kDigitsMax) {
        return fail("a chunk size has more than 16 digits");
    }
    remaining_ = (digits_ == 1 ? 0 : remaining_ << 4U) | static_cast<std::uint64_t>(value);
    return State::size;
}

// What may follow the size, an extension's name or its value.
ChunkedDecoder::State ChunkedDecoder::after_size(unsigned char byte) {
    if (byte == ';') {
        return State::extension_name_first;
    }
    return byte == '\r' ? State::size_lf : fail("a chunk size line holds a byte that is not allowed there");
}

ChunkedDecoder::State ChunkedDecoder::step_extension(unsigned char byte) {
    if (++extension_bytes_ > limits_.extension_bytes_max) {
        return fail("the chunk extensions are too long");
    }
    switch (state_) {
        case State::extension_name_first:
            return is_token_byte(byte) ? State::extension_name : fail("a chunk extension has no name");
        case State::extension_name:
            if (is_token_byte(byte)) {
                return State::extension_name;
            }
            return byte == '=' ? State::extension_value_first : after_size(byte);
        case State::extension_value_first:
            if (byte == '"') {
                return State::extension_quoted;
            }
            return is_token_byte(byte) ? State::extension_value : fail("a chunk extension has no value after its sign");
        case State::extension_value:
            return is_token_byte(byte) ? State::extension_value : after_size(byte);
        case State::extension_quoted:
            if (byte == '"') {
                return State::extension_quoted_end;
            }
            if (byte == '\\') {
                return State::extension_escaped;
            }
            return is_field_byte(byte) ? State::extension_quoted : fail("a chunk extension holds a control character");
        case State::extension_escaped:
            return is_field_byte(byte) ? State::extension_quoted : fail("a chunk extension holds a control character");
        default:
            return after_size(byte);
    }
}

ChunkedDecoder::State ChunkedDecoder::step_trailer(unsigned char byte) {
    if (++trailer_bytes_ > limits_.trailer_bytes_max) {
        return fail("the trailer is too long");
    }
    switch (state_) {
        case State::trailer_first:
            if (byte == '\r') {
                return State::end_lf;
            }
            return is_token_byte(byte) ? State::trailer_name : fail("a trailer field has no name");
        case State::trailer_name:
            if (byte == ':') {
                return State::trailer_value;
            }
            return is_token_byte(byte) ? State::trailer_name : fail("a trailer field's name is malformed");
        case State::trailer_value:
            if (byte == '\r') {
                return State::trailer_lf;
            }
            return is_field_byte(byte) ? State::trailer_value : fail("a trailer field holds a control character");
        case State::trailer_lf:
            return byte == '\n' ? State::trailer_first : fail("a trailer field does not end with CR LF");
        default:
            return byte == '\n' ? State::done : fail("the body does not end with CR LF");
    }
}

ChunkHead::ChunkHead(std::size_t payload_bytes) {
    char* const end =
        std::to_chars(text_.data(), text_.data() + text_.size() - kChunkEnd.size(), payload_bytes, 16).ptr;
    size_ =
        static_cast<std::size_t>(kChunkEnd.copy(end, kChunkEnd.size()) + static_cast<std::size_t>(end - text_.data()));
}

void append_chunk(std::string& out, std::string_view payload) {
    if (payload.empty()) {
        return;
    }
    out.append(ChunkHead(payload.size()).text()).append(payload).append(kChunkEnd);
}

}  // namespace aihub::net
