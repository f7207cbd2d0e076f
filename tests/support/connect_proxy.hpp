// A small CONNECT proxy on 127.0.0.1: every target is at 127.0.0.1, too.
#pragma once

#include "support/posix.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace aihub::testing {

// Serves each connection on a thread of its own until it is destroyed. Any thread.
class ConnectProxy {
public:
    ConnectProxy() : listener_(listen_local()), port_(local_port(listener_)) {
        acceptor_ = std::jthread([this] { accept_loop(); });
    }
    ~ConnectProxy() {
        stopping_.set();
        acceptor_.join();
    }
    ConnectProxy(const ConnectProxy&) = delete;
    ConnectProxy& operator=(const ConnectProxy&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    // The heads of the requests so far.
    [[nodiscard]] std::vector<std::string> heads() {
        const std::scoped_lock lock(mutex_);
        return heads_;
    }

private:
    // False: the test is over.
    [[nodiscard]] bool wait_readable(int one, int other, std::array<pollfd, 3>& waits) const {
        waits = {{{one, POLLIN, 0}, {other, POLLIN, 0}, {stopping_.descriptor(), POLLIN, 0}}};
        return ::poll(waits.data(), waits.size(), -1) > 0 && waits[2].revents == 0;
    }
    void accept_loop() {
        std::vector<std::jthread> links;
        std::array<pollfd, 3> waits{};
        while (wait_readable(listener_.get(), -1, waits)) {
            const int accepted = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
            links.emplace_back([this, accepted] { serve(Descriptor(accepted)); });
        }
    }
    void serve(const Descriptor& client) {
        std::array<char, 16384> buffer{};
        std::array<pollfd, 3> waits{};
        std::string head;
        while (head.find("\r\n\r\n") == std::string::npos) {
            const bool waited = wait_readable(client.get(), -1, waits);
            const auto count = waited ? ::recv(client.get(), buffer.data(), buffer.size(), 0) : 0;
            if (count <= 0) {
                return;
            }
            head.append(buffer.data(), static_cast<std::size_t>(count));
        }
        {
            const std::scoped_lock lock(mutex_);
            heads_.push_back(head);
        }
        const auto colon = head.find(':');
        const Descriptor target = connect_local(static_cast<std::uint16_t>(std::stoi(head.substr(colon + 1, 6))));
        pass("HTTP/1.1 200 Connection established\r\n\r\n", client.get());
        while (wait_readable(client.get(), target.get(), waits)) {
            for (const auto& [from, to] : {std::pair(waits[0], target.get()), std::pair(waits[1], client.get())}) {
                if (from.revents == 0) {
                    continue;
                }
                const auto count = ::recv(from.fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
                if (count <= 0) {
                    return;
                }
                pass({buffer.data(), static_cast<std::size_t>(count)}, to);
            }
        }
    }
    static void pass(std::string_view bytes, int to) {
        while (!bytes.empty()) {
            pollfd wait{to, POLLOUT, 0};
            ::poll(&wait, 1, -1);
            const auto count = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count < 0) {
                return;
            }
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
    }

    Descriptor listener_;
    std::uint16_t port_;
    Signal stopping_;
    std::mutex mutex_;
    std::vector<std::string> heads_;
    std::jthread acceptor_;
};

}  // namespace aihub::testing
