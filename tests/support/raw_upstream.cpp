#include "support/raw_upstream.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <optional>
#include <utility>

namespace aihub::testing {

Reply& Reply::send(std::string bytes) {
    steps_.push_back({Kind::send, std::move(bytes), 0, 1, nullptr});
    return *this;
}
Reply& Reply::slices(std::string bytes, std::size_t size) {
    steps_.push_back({Kind::send, std::move(bytes), size, 1, nullptr});
    return *this;
}
Reply& Reply::flood(std::string bytes, std::size_t times) {
    steps_.push_back({Kind::send, std::move(bytes), 0, times, nullptr});
    return *this;
}
Reply& Reply::wait(SignalPtr signal) {
    steps_.push_back({Kind::wait, {}, 0, 1, std::move(signal)});
    return *this;
}
Reply& Reply::hold() {
    steps_.push_back({Kind::hold, {}, 0, 1, nullptr});
    return *this;
}
Reply& Reply::half_close() {
    steps_.push_back({Kind::half_close, {}, 0, 1, nullptr});
    return *this;
}
Reply& Reply::close() {
    steps_.push_back({Kind::close, {}, 0, 1, nullptr});
    return *this;
}
Reply& Reply::reset() {
    steps_.push_back({Kind::reset, {}, 0, 1, nullptr});
    return *this;
}

// One connection. `input` belongs to its thread; the rest is under the upstream's mutex.
struct RawUpstream::Link {
    std::size_t index = 0;
    Descriptor socket;
    std::string input;
    std::string received;
    std::atomic<std::uint64_t> sent{0};
    PeerEnd end = PeerEnd::none;
    std::jthread thread;
};

RawUpstream::RawUpstream()
    : listener_(listen_local()),
      port_(local_port(listener_)),
      acceptor_([this](const std::stop_token& stop) { accept_loop(stop); }) {}

RawUpstream::~RawUpstream() {
    stopping_.set();
    acceptor_ = {};
    // No new links can come now; each thread is joined by its link.
    links_.clear();
}

void RawUpstream::enqueue(Reply reply) {
    const std::scoped_lock lock(mutex_);
    queue_.push_back(std::move(reply));
}

void RawUpstream::set_handler(std::function<Reply(const UpstreamRequest&)> handler) {
    const std::scoped_lock lock(mutex_);
    handler_ = std::move(handler);
}

bool RawUpstream::wait_for_requests(std::size_t count, Milliseconds patience) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return requests_.size() >= count; });
}

bool RawUpstream::wait_for_connections(std::size_t count, Milliseconds patience) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return links_.size() >= count; });
}

PeerEnd RawUpstream::wait_for_close(std::size_t connection, Milliseconds patience) {
    std::unique_lock lock(mutex_);
    const auto closed = [&] { return links_.size() > connection && links_[connection]->end != PeerEnd::none; };
    return changed_.wait_for(lock, patience, closed) ? links_[connection]->end : PeerEnd::none;
}

std::vector<UpstreamRequest> RawUpstream::requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
}

UpstreamRequest RawUpstream::last() const {
    const std::scoped_lock lock(mutex_);
    return requests_.empty() ? UpstreamRequest{} : requests_.back();
}

std::size_t RawUpstream::connections() const {
    const std::scoped_lock lock(mutex_);
    return links_.size();
}

std::string RawUpstream::bytes(std::size_t connection) const {
    const std::scoped_lock lock(mutex_);
    return connection < links_.size() ? links_[connection]->received : std::string();
}

std::uint64_t RawUpstream::sent(std::size_t connection) const {
    const std::scoped_lock lock(mutex_);
    return connection < links_.size() ? links_[connection]->sent.load() : 0;
}

void RawUpstream::accept_loop(const std::stop_token& stop) {
    std::array<pollfd, 2> entries{pollfd{listener_.get(), POLLIN, 0}, pollfd{stopping_.descriptor(), POLLIN, 0}};
    while (!stop.stop_requested()) {
        ::poll(entries.data(), entries.size(), -1);
        if (entries[1].revents != 0) {
            return;
        }
        Descriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!socket.open()) {
            continue;
        }
        set_no_delay(socket.get());
        auto link = std::make_unique<Link>();
        link->socket = std::move(socket);
        {
            const std::scoped_lock lock(mutex_);
            link->index = links_.size();
            Link& stored = *links_.emplace_back(std::move(link));
            stored.thread = std::jthread([this, &stored](const std::stop_token& inner) { serve(stored, inner); });
        }
        changed_.notify_all();
    }
}

void RawUpstream::serve(Link& link, const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        auto message = take_message(link.input, Side::request, Ended::no);
        if (!message) {
            if (!poll_link(link, POLLIN, nullptr)) {
                break;
            }
            continue;
        }
        UpstreamRequest request{link.index, std::move(*message)};
        const Reply reply = script_for(request);
        {
            const std::scoped_lock lock(mutex_);
            requests_.push_back(std::move(request));
        }
        changed_.notify_all();
        if (!run(link, reply)) {
            break;
        }
    }
    link.socket.close();
}

Reply RawUpstream::script_for(const UpstreamRequest& request) {
    std::function<Reply(const UpstreamRequest&)> handler;
    {
        const std::scoped_lock lock(mutex_);
        if (!queue_.empty()) {
            Reply reply = std::move(queue_.front());
            queue_.pop_front();
            return reply;
        }
        handler = handler_;
    }
    return handler ? handler(request) : Reply(http_reply(599, "nothing is scripted for this request", "text/plain"));
}

// False: the connection is over.
bool RawUpstream::run(Link& link, const Reply& reply) {
    for (const auto& step : reply.steps_) {
        switch (step.kind) {
            case Reply::Kind::send:
                for (std::size_t round = 0; round < step.times; ++round) {
                    const std::string_view bytes = step.bytes;
                    const std::size_t size = step.slice == 0 ? bytes.size() : step.slice;
                    for (std::size_t at = 0; at < bytes.size(); at += size) {
                        if (!send_all(link, bytes.substr(at, size))) {
                            return false;
                        }
                        if (step.slice != 0) {
                            ::poll(nullptr, 0, at % 16 == 0 ? 1 : 0);  // lets the reader see the pieces one by one
                        }
                    }
                }
                break;
            case Reply::Kind::wait:
            case Reply::Kind::hold:
                while (step.signal == nullptr || !step.signal->wait(Milliseconds(0))) {
                    if (!poll_link(link, POLLIN, step.signal.get())) {
                        return false;
                    }
                }
                break;
            case Reply::Kind::half_close:
                ::shutdown(link.socket.get(), SHUT_WR);
                break;
            case Reply::Kind::reset:
                set_reset_on_close(link.socket.get());
                return false;
            case Reply::Kind::close:
                return false;
        }
    }
    return true;
}

bool RawUpstream::send_all(Link& link, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto count = ::send(link.socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count > 0) {
            link.sent += static_cast<std::uint64_t>(count);
            bytes.remove_prefix(static_cast<std::size_t>(count));
            continue;
        }
        if (errno != EAGAIN || !poll_link(link, POLLOUT, nullptr)) {
            const std::scoped_lock lock(mutex_);
            link.end = link.end == PeerEnd::none ? PeerEnd::reset : link.end;
            changed_.notify_all();
            return false;
        }
    }
    return true;
}

// Waits until something can be done, and takes what came. False: the peer has left, or the upstream stops.
bool RawUpstream::poll_link(Link& link, short events, const Signal* signal) {
    const auto wanted = static_cast<short>(events | POLLIN);
    std::array<pollfd, 3> entries{
        pollfd{link.socket.get(), wanted, 0},
        pollfd{stopping_.descriptor(), POLLIN, 0},
        pollfd{signal != nullptr ? signal->descriptor() : -1, POLLIN, 0}};
    ::poll(entries.data(), entries.size(), -1);
    if (entries[1].revents != 0) {
        return false;
    }
    return (entries[0].revents & (POLLIN | POLLHUP | POLLERR)) == 0 || take_input(link);
}

bool RawUpstream::take_input(Link& link) {
    std::array<char, 65536> buffer;
    const auto count = ::recv(link.socket.get(), buffer.data(), buffer.size(), 0);
    if (count < 0 && errno == EAGAIN) {
        return true;
    }
    {
        const std::scoped_lock lock(mutex_);
        if (count <= 0) {
            link.end = count == 0 ? PeerEnd::finished : PeerEnd::reset;
        } else {
            link.received.append(buffer.data(), static_cast<std::size_t>(count));
        }
    }
    if (count <= 0) {
        changed_.notify_all();
        return false;
    }
    link.input.append(buffer.data(), static_cast<std::size_t>(count));
    return true;
}

}  // namespace aihub::testing
