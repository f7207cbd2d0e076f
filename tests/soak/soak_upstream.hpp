// The provider of the soak test: answers and fails as each request asks for, and keeps nothing.
#pragma once

#include "support/http_text.hpp"
#include "support/posix.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace aihub::soak {

// Listens at once, until destroyed. What it does stands in the request's body: "user":"<what>" is one of plain, stream,
// large (a stream of 256 KiB), refuse (400), fail (500), cut (a stream without its end), reset, garbage.
class SoakUpstream {
public:
    SoakUpstream();
    ~SoakUpstream();
    SoakUpstream(const SoakUpstream&) = delete;
    SoakUpstream& operator=(const SoakUpstream&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    // Connections that are open now.
    [[nodiscard]] std::size_t open() const { return open_; }

private:
    struct Link {
        testing::Descriptor socket;
        std::atomic<bool> done{false};
        std::jthread thread;
    };
    void accept_loop();
    void serve(Link& link);
    bool wait(int descriptor, short events) const;
    bool send(const Link& link, std::string_view bytes) const;
    bool answer(const Link& link, const testing::Message& request) const;
    bool stream(const Link& link, int events, std::string_view content, bool whole) const;

    testing::Descriptor listener_;
    std::uint16_t port_;
    testing::Signal stopping_;
    std::atomic<std::size_t> open_{0};
    std::list<std::unique_ptr<Link>> links_;  // of the acceptor's thread
    std::jthread acceptor_;
};

}  // namespace aihub::soak
