// Accepts client connections.
#pragma once

#include "base/result.hpp"
#include "net/connection.hpp"
#include "net/inherited_sockets.hpp"
#include "net/loop.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace aihub::net {

// Listening sockets on one address, at least one for each loop (SO_REUSEPORT), so that no accepted connection crosses
// threads. Owns the descriptors until they are handed to a Listener.
class ListenSockets {
public:
    // `port` 0: the kernel chooses, and all sockets share its choice. Fails when the address is in use, with a message
    // that says so.
    static Result<ListenSockets> open(const std::string& address, std::uint16_t port, std::size_t count);
    // Takes over what is there in `inherited`, all of it: a socket that is closed takes those with it that have
    // connected to it. Opens only what is missing.
    static Result<ListenSockets> open(
        const std::string& address, std::uint16_t port, std::size_t count, InheritedSockets& inherited
    );
    ListenSockets(ListenSockets&&) noexcept = default;
    ListenSockets& operator=(ListenSockets&&) = delete;
    ~ListenSockets();

    [[nodiscard]] std::uint16_t port() const { return port_; }
    // At least `count`.
    [[nodiscard]] std::size_t size() const { return descriptors_.size(); }
    // The socket `index`; the caller owns it from then on.
    [[nodiscard]] int take(std::size_t index);

private:
    ListenSockets() = default;
    std::vector<int> descriptors_;
    std::uint16_t port_ = 0;
};

// Accepts on one loop. Belongs to the loop's thread. When the process runs out of descriptors or memory it hands
// those who wait to `full`, one by one, with a descriptor that is kept for this, and pauses for kPause instead of
// spinning.
class Listener {
public:
    static constexpr std::chrono::milliseconds kPause{100};

    struct Handlers {
        std::function<void(ConnectionPtr)> accepted;  // each new connection, TCP_NODELAY set
        std::function<void(Connection&)> full;        // one that will be closed: it may be told why
        std::function<void()> paused;                 // pauses begin
    };
    Listener(Loop& loop, int descriptor, Handlers handlers);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    void start();
    // Takes those who have connected and were not accepted yet.
    void accept_rest();
    // Accepts no more and closes the socket.
    void stop();
    // Any thread, until stop(). The socket, to be handed to another process.
    [[nodiscard]] int descriptor() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace aihub::net
