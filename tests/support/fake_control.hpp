// Stands for the management API at its Unix-domain socket: takes one connection after the other, keeps what came and
// answers with raw bytes.
#pragma once

#include "base/unix_socket.hpp"
#include "support/posix.hpp"

#include <sys/socket.h>

#include <array>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace aihub::testing {

class FakeControl {
public:
    explicit FakeControl(std::string path) : path_(std::move(path)), listening_(*listen_unix(path_, 16)) {
        thread_ = std::jthread([this] { run(); });
    }
    ~FakeControl() {
        ::shutdown(listening_.get(), SHUT_RDWR);
        const std::scoped_lock lock(mutex_);
        ::shutdown(current_, SHUT_RDWR);
    }
    FakeControl(const FakeControl&) = delete;
    FakeControl& operator=(const FakeControl&) = delete;

    // What comes next is answered with this and the end of the connection; empty: with nothing, as long as it is open.
    void answer(std::string bytes) {
        const std::scoped_lock lock(mutex_);
        answer_ = std::move(bytes);
    }
    // The requests, each as all bytes of its connection.
    [[nodiscard]] std::vector<std::string> requests() const {
        const std::scoped_lock lock(mutex_);
        return requests_;
    }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    // True: a head and as much behind it as it promises.
    static bool complete(const std::string& bytes) {
        const auto end = bytes.find("\r\n\r\n");
        const auto length = bytes.find("Content-Length: ");
        return end != std::string::npos && length < end &&
               bytes.size() >= end + 4 + std::stoul(bytes.substr(length + 16, end - length - 16));
    }
    void run() {
        for (;;) {
            const Descriptor client(::accept(listening_.get(), nullptr, nullptr));
            if (client.get() < 0) {
                return;
            }
            {
                const std::scoped_lock lock(mutex_);
                current_ = client.get();
            }
            serve(client.get());
            const std::scoped_lock lock(mutex_);
            current_ = -1;
        }
    }
    void serve(int client) {
        std::string bytes;
        std::array<char, 65536> piece{};
        while (!complete(bytes)) {
            const auto count = ::recv(client, piece.data(), piece.size(), 0);
            if (count <= 0) {
                break;
            }
            bytes.append(piece.data(), static_cast<std::size_t>(count));
        }
        std::string answer;
        {
            const std::scoped_lock lock(mutex_);
            requests_.push_back(std::move(bytes));
            answer = answer_;
        }
        if (answer.empty()) {
            while (::recv(client, piece.data(), piece.size(), 0) > 0) {
            }
            return;
        }
        for (std::size_t sent = 0; sent < answer.size();) {
            const auto count = ::send(client, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
            if (count <= 0) {
                return;
            }
            sent += static_cast<std::size_t>(count);
        }
    }

    std::string path_;
    Descriptor listening_;
    mutable std::mutex mutex_;
    std::string answer_;
    std::vector<std::string> requests_;
    int current_ = -1;
    std::jthread thread_;
};

}  // namespace aihub::testing
