// One end of a web socket, for tests: sends any bytes, and takes frames apart by itself.
#pragma once

#include "support/posix.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aihub::testing {

struct PeerFrame {
    int opcode = 0;
    bool last = true;
    std::string payload;  // without its mask
    // Of a close frame; 1005: it had none.
    [[nodiscard]] int close_code() const;
};

// The key of every handshake here, and its answer (RFC 6455 section 1.3).
inline constexpr std::string_view kSocketKey = "dGhlIHNhbXBsZSBub25jZQ==";
inline constexpr std::string_view kSocketAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

// A frame of a client is masked, a frame of a server is not.
enum class PeerRole { client, server };
[[nodiscard]] std::string socket_frame(PeerRole role, int opcode, std::string_view payload, bool last = true);

// One thread. Waits have deadlines.
class WebSocketPeer {
public:
    // Takes a connected socket. What it reads has to be of the other role.
    WebSocketPeer(Descriptor socket, PeerRole role);

    // All bytes; gives how many the peer took in time.
    std::size_t send(std::string_view bytes, Milliseconds patience = kPatience);
    bool frame(int opcode, std::string_view payload, bool last = true);
    bool text(std::string_view payload) { return frame(1, payload); }
    bool close_frame(int code, std::string_view reason = {});

    // A request or a reply up to its empty line; empty: it did not come.
    [[nodiscard]] std::string head(Milliseconds patience = kPatience);
    // The next frame; nothing: the end, or too late, or no frame.
    [[nodiscard]] std::optional<PeerFrame> next(Milliseconds patience = kPatience);
    // The code of the next frame, which has to be a close frame; 0: it is none.
    [[nodiscard]] int next_close(Milliseconds patience = kPatience);
    // Whether the connection ends, with nothing before that. False: bytes, or it is still open.
    [[nodiscard]] bool ends(Milliseconds patience = kPatience);
    [[nodiscard]] const std::string& unread() const { return unread_; }

    void close() { socket_.close(); }
    void reset();

private:
    [[nodiscard]] bool fill(const Deadline& deadline);
    [[nodiscard]] std::optional<PeerFrame> take_frame();

    Descriptor socket_;
    PeerRole role_;
    std::string unread_;
    bool ended_ = false;
};

// Waits for a connection at a listening socket. Throws std::runtime_error when none comes.
[[nodiscard]] Descriptor accept_local(const Descriptor& listener, Milliseconds patience = kPatience);

}  // namespace aihub::testing
