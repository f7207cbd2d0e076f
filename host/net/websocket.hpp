// The WebSocket protocol (RFC 6455): frames of one direction as they pass, and what a handshake is made of. No I/O.
#pragma once

#include "base/result.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace aihub::net {

enum class WebSocketOpcode : std::uint8_t {
    continuation = 0x0,
    text = 0x1,
    binary = 0x2,
    close = 0x8,
    ping = 0x9,
    pong = 0xA,
};

// Who sends: a client masks its frames, a server does not (section 5.1).
enum class WebSocketSide { client, server };

// The head of a frame. `mask` is all zero in frames of a server.
struct WebSocketFrame {
    WebSocketOpcode opcode = WebSocketOpcode::continuation;
    bool last = true;         // of its message: the FIN bit
    std::uint64_t bytes = 0;  // of its payload
    std::array<unsigned char, 4> mask{};

    [[nodiscard]] bool control() const { return (static_cast<unsigned>(opcode) & 0x8U) != 0; }
};

// What one call of read() took.
struct WebSocketStep {
    std::size_t consumed = 0;  // bytes that may pass on; 0: more are needed to tell
    std::string_view payload;  // part of the frame's payload, masked as it came; lies within what was consumed
    bool frame_done = false;   // the frame has ended with it
};

// Close codes that this host sends by itself (section 7.4.1).
constexpr std::uint16_t kCloseGoingAway = 1001;
constexpr std::uint16_t kCloseProtocolError = 1002;
constexpr std::uint16_t kCloseNone = 1005;  // a close frame without a code; never sent
constexpr std::uint16_t kCloseTooBig = 1009;
constexpr std::uint16_t kCloseInternalError = 1011;

// Follows the frames of one direction and refuses what the protocol does not allow: reserved bits and opcodes, a mask
// that is missing or must not be there, lengths that are not in their shortest form or over 2^63, long or fragmented
// control frames, fragments out of order, a close frame that is no close frame. Extensions are not negotiated, so
// nothing may use them. Whether text is UTF-8 is for its reader. One object for each direction; holds no
// payload.
class WebSocketReader {
public:
    // A caller has to keep less than this of its input: a control frame but for its last byte.
    static constexpr std::size_t kKeepBytesMax = 2 + 4 + 125;

    // `malformed`: invalid_request for a client, upstream_failed for a provider.
    WebSocketReader(WebSocketSide sender, Errc malformed) : sender_(sender), malformed_(malformed) {}

    // Takes the head of a frame and the part of its payload that is there, or the next part of it; control frames are
    // taken whole. Call again with the rest of `bytes`. After consumed = 0 call with the same bytes and more behind
    // them. After an error, which takes nothing, every call fails; after a close frame more bytes are an error.
    [[nodiscard]] Result<WebSocketStep> read(std::string_view bytes);

    // The frame of the last step.
    [[nodiscard]] const WebSocketFrame& frame() const { return frame_; }
    // How many bytes of its payload came before the last step.
    [[nodiscard]] std::uint64_t offset() const { return offset_; }
    // No frame has begun without having ended: a frame of another source may follow.
    [[nodiscard]] bool at_boundary() const { return left_ == 0; }
    // A whole close frame was read, with this code.
    [[nodiscard]] bool closed() const { return closed_; }
    [[nodiscard]] std::uint16_t close_code() const { return close_code_; }

private:
    [[nodiscard]] Result<std::size_t> read_head(std::string_view bytes);
    [[nodiscard]] Result<void> check_start(unsigned first, unsigned second);
    [[nodiscard]] Result<void> read_close(std::string_view payload);
    Error fail(std::string_view why);

    WebSocketSide sender_;
    Errc malformed_;
    WebSocketFrame frame_;
    std::uint64_t offset_ = 0;
    std::uint64_t left_ = 0;  // of the payload
    std::uint16_t close_code_ = kCloseNone;
    bool in_message_ = false;  // fragments of a message came, the last one did not
    bool closed_ = false;
    bool failed_ = false;
};

// Whether a close frame may say `code` (section 7.4).
[[nodiscard]] bool is_close_code(std::uint16_t code);

// A close frame. `sender` client: masked with `mask`, which nobody should be able to foresee. `reason` is UTF-8 and cut
// at 123 bytes.
[[nodiscard]] std::string websocket_close(
    WebSocketSide sender, std::uint16_t code, std::string_view reason, std::array<unsigned char, 4> mask = {}
);

// Masks or unmasks `payload`, which begins at byte `offset` of its frame, onto the end of `out`.
void append_unmasked(
    std::string& out, std::string_view payload, std::uint64_t offset, std::array<unsigned char, 4> mask
);

// Whether a Sec-WebSocket-Key is what it has to be: 16 bytes in base64.
[[nodiscard]] bool is_websocket_key(std::string_view key);
// The Sec-WebSocket-Accept that answers `key` (section 4.2.2).
[[nodiscard]] std::string websocket_accept(std::string_view key);

}  // namespace aihub::net
