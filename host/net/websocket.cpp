#include "net/websocket.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace aihub::net {

namespace {

constexpr std::size_t kControlBytesMax = 125;
constexpr std::string_view kAcceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

unsigned char byte_at(std::string_view bytes, std::size_t at) {
    return static_cast<unsigned char>(bytes[at]);
}

bool is_known(unsigned opcode) {
    return opcode <= 0x2 || (opcode >= 0x8 && opcode <= 0xA);
}

std::uint64_t big_endian(std::string_view bytes, std::size_t at, std::size_t size) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
        value = value << 8U | byte_at(bytes, at + i);
    }
    return value;
}

// How many bytes spell the length behind the first two of a frame.
std::size_t length_bytes(unsigned short_length) {
    return short_length == 127 ? 8 : short_length == 126 ? 2 : 0;
}

bool is_shortest(std::uint64_t length, std::size_t bytes) {
    constexpr std::uint64_t kShortMax = 125;
    return bytes == 0 || length > (bytes == 2 ? kShortMax : 0xFFFFU);
}

}  // namespace

Error WebSocketReader::fail(std::string_view why) {
    failed_ = true;
    return {malformed_, "a web socket frame is malformed: " + std::string(why)};
}

Result<WebSocketStep> WebSocketReader::read(std::string_view bytes) {
    if (failed_) {
        return fail("another one was before it");
    }
    WebSocketStep step;
    if (left_ == 0) {
        if (closed_ && !bytes.empty()) {
            return fail("bytes behind the close frame");
        }
        step.consumed = AIHUB_TRY(read_head(bytes));
        if (step.consumed == 0) {
            return step;
        }
        bytes.remove_prefix(step.consumed);
        left_ = frame_.bytes;
    }
    offset_ = frame_.bytes - left_;
    step.payload = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
    if (frame_.opcode == WebSocketOpcode::close) {
        AIHUB_CHECK(read_close(step.payload));
    }
    step.consumed += step.payload.size();
    left_ -= step.payload.size();
    step.frame_done = left_ == 0;
    if (step.frame_done && !frame_.control()) {
        in_message_ = !frame_.last;
    }
    return step;
}

// 0: not complete. What is wrong with a head is found before any of it is taken.
Result<std::size_t> WebSocketReader::read_head(std::string_view bytes) {
    if (bytes.size() < 2) {
        return std::size_t{0};
    }
    const unsigned second = byte_at(bytes, 1);
    AIHUB_CHECK(check_start(byte_at(bytes, 0), second));
    const bool masked = sender_ == WebSocketSide::client;
    const std::size_t extended = length_bytes(second & 0x7FU);
    const std::size_t size = 2 + extended + (masked ? frame_.mask.size() : 0);
    if (bytes.size() < size) {
        return std::size_t{0};
    }
    frame_.bytes = extended == 0 ? second & 0x7FU : big_endian(bytes, 2, extended);
    if (!is_shortest(frame_.bytes, extended) || (frame_.bytes >> 63U) != 0) {
        return fail("a length is not in its shortest form, or too large");
    }
    if (frame_.control() && bytes.size() < size + frame_.bytes) {
        return std::size_t{0};
    }
    for (std::size_t i = 0; masked && i < frame_.mask.size(); ++i) {
        frame_.mask[i] = byte_at(bytes, 2 + extended + i);
    }
    return size;
}

// What the first two bytes of a frame tell.
Result<void> WebSocketReader::check_start(unsigned first, unsigned second) {
    if ((first & 0x70U) != 0) {
        return fail("a reserved bit is set");
    }
    if (!is_known(first & 0xFU)) {
        return fail("an opcode that is not known");
    }
    const bool masked = (second & 0x80U) != 0;
    if (masked != (sender_ == WebSocketSide::client)) {
        return fail(masked ? "a server must not mask" : "a client must mask");
    }
    frame_.opcode = static_cast<WebSocketOpcode>(first & 0xFU);
    frame_.last = (first & 0x80U) != 0;
    if (frame_.control()) {
        const bool plain = frame_.last && (second & 0x7FU) <= kControlBytesMax;
        return plain ? Result<void>{} : fail("a control frame is fragmented or over 125 bytes");
    }
    const bool continues = frame_.opcode == WebSocketOpcode::continuation;
    if (continues != in_message_) {
        return fail(continues ? "a continuation of nothing" : "a message within a message");
    }
    return {};
}

Result<void> WebSocketReader::read_close(std::string_view payload) {
    if (payload.size() == 1) {
        return fail("a close frame with half a code");
    }
    if (payload.size() >= 2) {
        const unsigned high = byte_at(payload, 0) ^ frame_.mask[0];
        const unsigned low = byte_at(payload, 1) ^ frame_.mask[1];
        close_code_ = static_cast<std::uint16_t>(high << 8U | low);
        if (!is_close_code(close_code_)) {
            return fail("a close code that must not be sent");
        }
    }
    closed_ = true;
    return {};
}

bool is_close_code(std::uint16_t code) {
    const bool defined = code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
    return defined || (code >= 3000 && code <= 4999);
}

std::string websocket_close(
    WebSocketSide sender, std::uint16_t code, std::string_view reason, std::array<unsigned char, 4> mask
) {
    const bool masked = sender == WebSocketSide::client;
    std::string payload{static_cast<char>(code >> 8U), static_cast<char>(code & 0xFFU)};
    payload += reason.substr(0, kControlBytesMax - payload.size());
    std::string frame{static_cast<char>(0x88), static_cast<char>(payload.size() | (masked ? 0x80U : 0U))};
    if (!masked) {
        return frame + payload;
    }
    frame.append(mask.begin(), mask.end());
    append_unmasked(frame, payload, 0, mask);
    return frame;
}

void append_unmasked(
    std::string& out, std::string_view payload, std::uint64_t offset, std::array<unsigned char, 4> mask
) {
    out.reserve(out.size() + payload.size());
    for (std::size_t i = 0; i < payload.size(); ++i) {
        out += static_cast<char>(byte_at(payload, i) ^ mask[(offset + i) % mask.size()]);
    }
}

bool is_websocket_key(std::string_view key) {
    constexpr std::size_t kSize = 24;  // of 16 bytes: 22 characters and two of padding
    if (key.size() != kSize || !key.ends_with("==")) {
        return false;
    }
    const auto letters = key.substr(0, kSize - 2);
    // The last character carries two bits of the key; the rest of it is zero.
    return std::string_view("AQgw").find(letters.back()) != std::string_view::npos &&
           std::all_of(letters.begin(), letters.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
                      c == '/';
           });
}

std::string websocket_accept(std::string_view key) {
    const std::string text = std::string(key) + std::string(kAcceptSuffix);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
    std::array<unsigned char, 4 * (EVP_MAX_MD_SIZE / 3 + 1) + 1> base64{};
    const int length = EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(size));
    return {reinterpret_cast<const char*>(base64.data()), static_cast<std::size_t>(length)};
}

}  // namespace aihub::net
