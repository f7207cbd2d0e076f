#include "support/raw_client.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace aihub::testing {

RawClient::RawClient(std::uint16_t port, int receive_buffer) : socket_(connect_local(port, receive_buffer)) {}

bool RawClient::send(std::string_view bytes, Milliseconds patience) {
    const Deadline deadline(patience);
    while (!bytes.empty()) {
        const auto count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(count));
            continue;
        }
        if (errno != EAGAIN) {
            return false;
        }
        pollfd entry{socket_.get(), POLLOUT, 0};
        if (::poll(&entry, 1, deadline.left_ms()) == 0) {
            return false;
        }
    }
    return true;
}

bool RawClient::send_segments(const std::vector<std::string>& segments) {
    for (const auto& segment : segments) {
        if (!send(segment)) {
            return false;
        }
        ::poll(nullptr, 0, 1);  // lets the reader see the segments one by one
    }
    return true;
}

// Reads once. False: end or deadline.
bool RawClient::fill(const Deadline& deadline) {
    if (ended_) {
        return false;
    }
    pollfd entry{socket_.get(), POLLIN, 0};
    if (::poll(&entry, 1, deadline.left_ms()) <= 0) {
        return false;
    }
    std::array<char, 65536> buffer;
    const auto count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (count > 0) {
        received_.append(buffer.data(), static_cast<std::size_t>(count));
        return true;
    }
    if (count < 0 && errno == EAGAIN) {
        return true;
    }
    ended_ = true;
    reset_ = count < 0;
    return false;
}

bool RawClient::read_until(const std::function<bool(std::string_view)>& enough, Milliseconds patience) {
    const Deadline deadline(patience);
    while (!enough(received_)) {
        if (!fill(deadline)) {
            return enough(received_);
        }
    }
    return true;
}

bool RawClient::read_until(std::string_view text, Milliseconds patience) {
    return read_until([text](std::string_view got) { return got.find(text) != std::string_view::npos; }, patience);
}

std::optional<Message> RawClient::reply(Milliseconds patience) {
    return take(patience, false);
}

std::optional<Message> RawClient::head_reply(Milliseconds patience) {
    return take(patience, true);
}

std::optional<Message> RawClient::take(Milliseconds patience, bool head_only) {
    const Deadline deadline(patience);
    while (true) {
        if (auto message = take_message(received_, Side::reply, ended_ ? Ended::yes : Ended::no, head_only)) {
            return message;
        }
        if (!fill(deadline) && !ended_) {
            return std::nullopt;
        }
        if (ended_ && received_.empty()) {
            return std::nullopt;
        }
    }
}

std::size_t RawClient::discard(std::size_t limit, Milliseconds patience) {
    const Deadline deadline(patience);
    std::size_t total = std::min(limit, received_.size());
    received_.erase(0, total);
    while (total < limit && fill(deadline)) {
        total += received_.size();
        received_.clear();
    }
    return total;
}

bool RawClient::wait_for_close(Milliseconds patience) {
    const Deadline deadline(patience);
    while (fill(deadline)) {
    }
    return ended_;
}

void RawClient::half_close() {
    ::shutdown(socket_.get(), SHUT_WR);
}

void RawClient::reset() {
    set_reset_on_close(socket_.get());
    socket_.close();
}

}  // namespace aihub::testing
