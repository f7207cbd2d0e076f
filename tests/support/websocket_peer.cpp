#include "support/websocket_peer.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace aihub::testing {

namespace {

constexpr std::string_view kMask = "\x0a\xb1\x2c\x9d";

std::string masked(std::string_view payload, std::string_view mask) {
    std::string out(payload);
    for (std::size_t i = 0; i < out.size(); ++i) {
        out[i] = static_cast<char>(out[i] ^ mask[i % 4]);
    }
    return out;
}

std::uint64_t number(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char byte : bytes) {
        value = value << 8U | static_cast<unsigned char>(byte);
    }
    return value;
}

}  // namespace

int PeerFrame::close_code() const {
    return payload.size() < 2 ? 1005 : static_cast<int>(number(std::string_view(payload).substr(0, 2)));
}

std::string socket_frame(PeerRole role, int opcode, std::string_view payload, bool last) {
    const unsigned mask_bit = role == PeerRole::client ? 0x80U : 0U;
    const std::size_t size = payload.size();
    std::string frame(1, static_cast<char>((last ? 0x80U : 0U) | static_cast<unsigned>(opcode)));
    const std::size_t extended = size < 126 ? 0 : size <= 0xFFFF ? 2 : 8;
    frame += static_cast<char>(mask_bit | (extended == 0 ? size : extended == 2 ? 126U : 127U));
    for (std::size_t i = extended; i > 0; --i) {
        frame += static_cast<char>(size >> (8 * (i - 1)) & 0xFFU);
    }
    if (role == PeerRole::server) {
        return frame.append(payload);
    }
    return frame.append(kMask).append(masked(payload, kMask));
}

WebSocketPeer::WebSocketPeer(Descriptor socket, PeerRole role) : socket_(std::move(socket)), role_(role) {
    set_nonblocking(socket_.get());
    set_no_delay(socket_.get());
}

std::size_t WebSocketPeer::send(std::string_view bytes, Milliseconds patience) {
    const Deadline deadline(patience);
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        const auto count = ::send(socket_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (count > 0) {
            sent += static_cast<std::size_t>(count);
            continue;
        }
        pollfd entry{socket_.get(), POLLOUT, 0};
        if (errno != EAGAIN || ::poll(&entry, 1, deadline.left_ms()) <= 0) {
            break;
        }
    }
    return sent;
}

bool WebSocketPeer::frame(int opcode, std::string_view payload, bool last) {
    const auto bytes = socket_frame(role_, opcode, payload, last);
    return send(bytes) == bytes.size();
}

bool WebSocketPeer::close_frame(int code, std::string_view reason) {
    return frame(8, std::string{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)} + std::string(reason));
}

bool WebSocketPeer::fill(const Deadline& deadline) {
    pollfd entry{socket_.get(), POLLIN, 0};
    if (ended_ || ::poll(&entry, 1, deadline.left_ms()) <= 0) {
        return false;
    }
    std::array<char, 65536> buffer;
    const auto count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    ended_ = count == 0 || (count < 0 && errno != EAGAIN);
    unread_.append(buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
    return !ended_;
}

std::string WebSocketPeer::head(Milliseconds patience) {
    const Deadline deadline(patience);
    while (true) {
        if (const auto end = unread_.find("\r\n\r\n"); end != std::string::npos) {
            std::string head = unread_.substr(0, end + 4);
            unread_.erase(0, end + 4);
            return head;
        }
        if (!fill(deadline)) {
            return {};
        }
    }
}

std::optional<PeerFrame> WebSocketPeer::take_frame() {
    const std::string_view bytes = unread_;
    if (bytes.size() < 2) {
        return std::nullopt;
    }
    const auto second = static_cast<unsigned char>(bytes[1]);
    const std::size_t extended = (second & 0x7FU) == 127 ? 8 : (second & 0x7FU) == 126 ? 2 : 0;
    const std::size_t mask = (second & 0x80U) != 0 ? 4 : 0;
    if ((mask != 0) != (role_ == PeerRole::server)) {
        throw std::runtime_error("a frame with the mask of the wrong side");
    }
    const std::size_t begin = 2 + extended + mask;
    const auto size = extended == 0 ? second & 0x7FU : number(bytes.substr(2, extended));
    if (bytes.size() < begin || bytes.size() - begin < size) {
        return std::nullopt;
    }
    PeerFrame frame;
    frame.opcode = bytes[0] & 0x0F;
    frame.last = (static_cast<unsigned char>(bytes[0]) & 0x80U) != 0;
    frame.payload = bytes.substr(begin, size);
    if (mask != 0) {
        frame.payload = masked(frame.payload, bytes.substr(2 + extended, 4));
    }
    unread_.erase(0, begin + size);
    return frame;
}

std::optional<PeerFrame> WebSocketPeer::next(Milliseconds patience) {
    const Deadline deadline(patience);
    while (true) {
        if (auto frame = take_frame()) {
            return frame;
        }
        if (!fill(deadline)) {
            return std::nullopt;
        }
    }
}

int WebSocketPeer::next_close(Milliseconds patience) {
    const auto frame = next(patience);
    return frame && frame->opcode == 8 ? frame->close_code() : 0;
}

bool WebSocketPeer::ends(Milliseconds patience) {
    const Deadline deadline(patience);
    while (unread_.empty() && fill(deadline)) {
    }
    return ended_ && unread_.empty();
}

void WebSocketPeer::reset() {
    set_reset_on_close(socket_.get());
    socket_.close();
}

Descriptor accept_local(const Descriptor& listener, Milliseconds patience) {
    pollfd entry{listener.get(), POLLIN, 0};
    if (::poll(&entry, 1, static_cast<int>(patience.count())) <= 0) {
        throw std::runtime_error("nobody connects");
    }
    return Descriptor(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

}  // namespace aihub::testing
