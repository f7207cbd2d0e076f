// Readiness of a loop's sockets: one edge-triggered epoll instance, each socket registered once for its whole life.
//
// Asio's own reactor registers anew for every wait (one epoll_ctl each); a connection of ours waits four times for each
// request. This poller is one descriptor in Asio's reactor, and tells many sockets' news in one go.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>

namespace aihub::net {

// What has news of its socket. An edge is told once: who ignores it must ask the socket again by itself.
class Pollable {
public:
    struct News {
        bool readable = false;  // bytes, or the end, or an error
        bool writable = false;
        bool hung_up = false;  // the peer has ended its side, or an error is pending: reading will not block any more
    };
    virtual void on_news(News news) = 0;

protected:
    ~Pollable() = default;
};

// Belongs to its loop's thread.
class Poller {
public:
    Poller();
    ~Poller();
    Poller(const Poller&) = delete;
    Poller& operator=(const Poller&) = delete;

    // Starts telling `target` about `descriptor`; what is ready already is told by the next dispatch(). False: the
    // kernel has no memory for it.
    [[nodiscard]] bool add(int descriptor, Pollable& target);
    // Before the descriptor is closed. Nothing is told to `target` any more, also not by a dispatch() under way.
    void remove(int descriptor, Pollable& target);
    // Tells what is new, at most kBatch sockets; never waits.
    void dispatch();

    // Readable when dispatch() has something to tell.
    [[nodiscard]] int descriptor() const { return epoll_; }
    // How often dispatch() has looked. What was quiet then is known to be quiet as of then.
    [[nodiscard]] std::uint64_t rounds() const { return rounds_; }

    static constexpr std::size_t kBatch = 128;

private:
    struct Batch;
    int epoll_;
    Batch* batch_ = nullptr;  // of the dispatch() under way
    std::uint64_t rounds_ = 0;
};

}  // namespace aihub::net
