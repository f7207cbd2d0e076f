// A TCP gate between two parties that breaks their connections in chosen ways.
#pragma once

#include "support/posix.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace aihub::testing {

enum class Direction { to_server, to_client };

// Listens at once and passes bytes to `target` on 127.0.0.1, until destroyed. What is set holds for connections that
// are open and for new ones. Any thread.
class TcpGate {
public:
    explicit TcpGate(std::uint16_t target);
    ~TcpGate();
    TcpGate(const TcpGate&) = delete;
    TcpGate& operator=(const TcpGate&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }

    // New connections are reset at once, as by a host that refuses.
    void refuse(bool on) { refuse_ = on; }
    // Nothing is taken in this direction, so the sender's buffers fill.
    void stall(Direction direction, bool on);
    // Passes pieces of this size, each in a segment of its own; 0: whole.
    void slice(std::size_t bytes) { slice_ = bytes; }
    // Passes each piece this much later.
    void delay(Milliseconds time) { delay_ms_ = time.count(); }
    // Resets all connections that are open.
    void cut();
    // Resets a connection as soon as this many bytes went in `direction` on it.
    void cut_after(Direction direction, std::uint64_t bytes);

    [[nodiscard]] std::uint64_t passed(Direction direction) const { return passed_[index(direction)]; }
    [[nodiscard]] std::size_t accepted() const { return accepted_; }

private:
    struct Link;
    static std::size_t index(Direction direction) { return direction == Direction::to_server ? 0 : 1; }
    void accept_loop();
    void pump(Link& link);
    bool pass(Link& link, Direction direction);

    Descriptor listener_;
    std::uint16_t port_;
    std::uint16_t target_;
    Signal stopping_;
    std::atomic<bool> refuse_{false};
    std::atomic<bool> stalled_[2]{};
    std::atomic<std::size_t> slice_{0};
    std::atomic<std::int64_t> delay_ms_{0};
    std::atomic<std::uint64_t> generation_{0};  // rises with each cut()
    std::atomic<std::uint64_t> cut_after_[2];
    std::atomic<std::uint64_t> passed_[2]{};
    std::atomic<std::size_t> accepted_{0};
    std::mutex mutex_;
    std::vector<std::unique_ptr<Link>> links_;
    std::jthread acceptor_;
};

}  // namespace aihub::testing
