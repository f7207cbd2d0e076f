#include "support/tcp_gate.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <system_error>

namespace aihub::testing {
namespace {

constexpr int kLookMs = 5;  // how soon a changed setting is seen by a connection
constexpr std::size_t kBytesOnce = 65536;

// Sends all of `size` bytes. False: the receiver has left, or `stop` was set.
bool push(int socket, const char* bytes, std::size_t size, const Signal& stop) {
    while (size > 0) {
        const auto count = ::send(socket, bytes, size, MSG_NOSIGNAL);
        if (count > 0) {
            bytes += count;
            size -= static_cast<std::size_t>(count);
            continue;
        }
        if (errno != EAGAIN) {
            return false;
        }
        std::array<pollfd, 2> entries{pollfd{socket, POLLOUT, 0}, pollfd{stop.descriptor(), POLLIN, 0}};
        ::poll(entries.data(), entries.size(), -1);
        if (entries[1].revents != 0) {
            return false;
        }
    }
    return true;
}

}  // namespace

struct TcpGate::Link {
    Descriptor side[2];  // [0] towards the server, [1] towards the client: where a direction's bytes go
    bool ended[2]{};     // that direction is over
    std::uint64_t passed[2]{};
    std::uint64_t generation = 0;
    std::jthread thread;
};

TcpGate::TcpGate(std::uint16_t target) : listener_(listen_local()), port_(local_port(listener_)), target_(target) {
    cut_after_[0] = cut_after_[1] = std::numeric_limits<std::uint64_t>::max();
    acceptor_ = std::jthread([this] { accept_loop(); });
}

TcpGate::~TcpGate() {
    stopping_.set();
    acceptor_ = {};
    links_.clear();
}

void TcpGate::stall(Direction direction, bool on) {
    stalled_[index(direction)] = on;
}
void TcpGate::cut() {
    ++generation_;
}
void TcpGate::cut_after(Direction direction, std::uint64_t bytes) {
    cut_after_[index(direction)] = bytes;
}

void TcpGate::accept_loop() {
    std::array<pollfd, 2> entries{pollfd{listener_.get(), POLLIN, 0}, pollfd{stopping_.descriptor(), POLLIN, 0}};
    while (true) {
        ::poll(entries.data(), entries.size(), -1);
        if (entries[1].revents != 0) {
            return;
        }
        Descriptor client(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!client.open()) {
            continue;
        }
        ++accepted_;
        if (refuse_) {
            set_reset_on_close(client.get());
            continue;
        }
        auto link = std::make_unique<Link>();
        try {
            link->side[0] = connect_local(target_);
        } catch (const std::system_error&) {
            set_reset_on_close(client.get());  // the target is gone: its client sees the same
            continue;
        }
        set_no_delay(client.get());
        link->side[1] = std::move(client);
        link->generation = generation_;
        const std::scoped_lock lock(mutex_);
        Link& stored = *links_.emplace_back(std::move(link));
        stored.thread = std::jthread([this, &stored] { pump(stored); });
    }
}

void TcpGate::pump(Link& link) {
    bool good = true;
    while (good && link.generation == generation_ && !(link.ended[0] && link.ended[1])) {
        // A direction that is stalled or over is not asked about; -1 makes poll() skip it.
        std::array<pollfd, 3> entries{
            pollfd{-1, POLLIN, 0}, pollfd{-1, POLLIN, 0}, pollfd{stopping_.descriptor(), POLLIN, 0}};
        for (std::size_t way = 0; way < 2; ++way) {
            if (!link.ended[way] && !stalled_[way]) {
                entries[way].fd = link.side[1 - way].get();
            }
        }
        ::poll(entries.data(), entries.size(), kLookMs);
        if (entries[2].revents != 0) {
            break;
        }
        for (const auto direction : {Direction::to_server, Direction::to_client}) {
            if (entries[index(direction)].revents != 0) {
                good = good && pass(link, direction);
            }
        }
    }
    if (!good || link.generation != generation_) {
        set_reset_on_close(link.side[0].get());
        set_reset_on_close(link.side[1].get());
    }
    // The client's side first: who sees the server's side end knows that the client's has ended, too.
    link.side[1].close();
    link.side[0].close();
}

// Passes what there is one way. False: the connection is to be reset.
bool TcpGate::pass(Link& link, Direction direction) {
    const std::size_t way = index(direction);
    std::array<char, kBytesOnce> buffer;
    const std::size_t piece = slice_ == 0 ? buffer.size() : std::min<std::size_t>(slice_, buffer.size());
    const auto count = ::recv(link.side[1 - way].get(), buffer.data(), piece, 0);
    if (count < 0) {
        return errno == EAGAIN;
    }
    if (count == 0) {
        link.ended[way] = true;
        ::shutdown(link.side[way].get(), SHUT_WR);
        return true;
    }
    if (delay_ms_ > 0) {
        pollfd stop{stopping_.descriptor(), POLLIN, 0};
        ::poll(&stop, 1, static_cast<int>(delay_ms_));
    }
    const std::uint64_t allowed = cut_after_[way] - std::min<std::uint64_t>(cut_after_[way], link.passed[way]);
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(static_cast<std::uint64_t>(count), allowed));
    if (!push(link.side[way].get(), buffer.data(), size, stopping_)) {
        return false;
    }
    link.passed[way] += size;
    passed_[way] += size;
    return size == static_cast<std::size_t>(count);
}

}  // namespace aihub::testing
