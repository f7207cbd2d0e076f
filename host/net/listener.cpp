#include "net/listener.hpp"

#include "net/address.hpp"
#include "net/engine.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace aihub::net {

namespace {

constexpr int kBacklog = 4096;
// Connections taken in one go, before others get their turn.
constexpr int kAcceptsMax = 64;

constexpr const char* kInUse = "the port is in use by another process; stop it or choose another port";

// SO_REUSEPORT would share the port with an unrelated process of the same user: says whether there is one.
bool taken(const Address& where) {
    const int probe = ::socket(where.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    const bool failed = probe >= 0 && ::bind(probe, where.get(), where.size) != 0 && errno == EADDRINUSE;
    ::close(probe);
    return failed;
}

bool shares_its_port(int descriptor) {
    int on = 0;
    socklen_t size = sizeof(on);
    return ::getsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, &size) == 0 && on != 0;
}

Result<int> listen_on(const Address& address) {
    const int descriptor = ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    if (descriptor < 0) {
        return Error{Errc::unavailable, std::string("cannot make a socket: ") + std::strerror(errno)};
    }
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
    if (::bind(descriptor, address.get(), address.size) != 0 || ::listen(descriptor, kBacklog) != 0) {
        const int error = errno;
        ::close(descriptor);
        std::string message = "cannot listen on " + address.text() + ": ";
        message += error == EADDRINUSE ? kInUse : std::strerror(error);
        return Error{Errc::unavailable, message};
    }
    return descriptor;
}

}  // namespace

Result<ListenSockets> ListenSockets::open(const std::string& address, std::uint16_t port, std::size_t count) {
    InheritedSockets none;
    return open(address, port, count, none);
}

Result<ListenSockets> ListenSockets::open(
    const std::string& address, std::uint16_t port, std::size_t count, InheritedSockets& inherited
) {
    ListenSockets sockets;
    Address where = AIHUB_TRY(Address::parse(address, port));
    sockets.descriptors_ = inherited.claim(where);
    const bool new_here = sockets.descriptors_.empty();
    if (new_here && taken(where)) {
        return Error{Errc::unavailable, "cannot listen on " + where.text() + ": " + kInUse};
    }
    if (!new_here) {
        where = local_address(sockets.descriptors_.front());
    }
    const bool shared = new_here || shares_its_port(sockets.descriptors_.front());
    while (sockets.descriptors_.size() < count) {
        // A socket from elsewhere that shares its port with no other is used by several loops.
        sockets.descriptors_.push_back(
            shared ? AIHUB_TRY(listen_on(where)) : ::fcntl(sockets.descriptors_.front(), F_DUPFD_CLOEXEC, 3)
        );
        if (where.port() == 0) {
            where = local_address(sockets.descriptors_.back());
        }
    }
    sockets.port_ = where.port();
    return sockets;
}

ListenSockets::~ListenSockets() {
    for (const int descriptor : descriptors_) {
        if (descriptor >= 0) {
            ::close(descriptor);
        }
    }
}

int ListenSockets::take(std::size_t index) {
    return std::exchange(descriptors_[index], -1);
}

struct Listener::State : std::enable_shared_from_this<Listener::State> {
    Loop& loop;
    boost::asio::posix::stream_descriptor socket;
    Handlers handlers;
    int spare = -1;  // given up for a moment to answer those who come when there is no other
    bool pausing = false;

    State(Loop& owner, int descriptor, Handlers given)
        : loop(owner), socket(owner.engine().io, descriptor), handlers(std::move(given)) {
        keep_spare();
    }
    ~State() {
        if (spare >= 0) {
            ::close(spare);
        }
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    void keep_spare() {
        if (spare < 0) {
            spare = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        }
    }

    void wait() {
        socket.async_wait(
            boost::asio::posix::stream_descriptor::wait_read,
            [self = shared_from_this()](const boost::system::error_code& error) {
                if (!error && self->socket.is_open()) {
                    self->accept_some();
                }
            }
        );
    }

    void accept_some() {
        if (accept_up_to(kAcceptsMax) == Accepted::no_room) {
            turn_away();
            pause();
            return;
        }
        pausing = false;
        keep_spare();
        if (socket.is_open()) {
            wait();
        }
    }

    // One that waits. Its number is negative: there is none, see errno.
    int accept_one(Address& peer) {
        peer.size = sizeof(peer.storage);
        return ::accept4(
            socket.native_handle(), reinterpret_cast<sockaddr*>(&peer.storage), &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC
        );
    }

    enum class Accepted { some, no_room };
    Accepted accept_up_to(int most) {
        for (int i = 0; i < most && socket.is_open(); ++i) {
            Address peer;
            const int descriptor = accept_one(peer);
            if (descriptor < 0) {
                if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
                    return Accepted::no_room;
                }
                break;  // EAGAIN: nobody is waiting; ECONNABORTED and the like: the next wait tells.
            }
            const int on = 1;
            ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
            handlers.accepted(std::make_shared<Connection>(loop, descriptor, peer.text()));
        }
        return Accepted::some;
    }

    void turn_away() {
        for (int i = 0; i < kAcceptsMax; ++i) {
            if (spare >= 0) {
                ::close(std::exchange(spare, -1));
            }
            Address peer;
            const int descriptor = accept_one(peer);
            if (descriptor >= 0) {
                handlers.full(*std::make_shared<Connection>(loop, descriptor, peer.text()));
            }
            keep_spare();
            if (descriptor < 0) {
                return;
            }
        }
    }

    void pause() {
        if (!std::exchange(pausing, true)) {
            handlers.paused();
        }
        loop.start_timer(kPause, [self = shared_from_this()] {
            if (self->socket.is_open()) {
                self->wait();
            }
        });
    }
};

Listener::Listener(Loop& loop, int descriptor, Handlers handlers)
    : state_(std::make_shared<State>(loop, descriptor, std::move(handlers))) {}

Listener::~Listener() {
    stop();
}

void Listener::start() {
    state_->wait();
}

void Listener::accept_rest() {
    static_cast<void>(state_->accept_up_to(kBacklog));
}

void Listener::stop() {
    boost::system::error_code ignored;
    state_->socket.close(ignored);
}

int Listener::descriptor() const {
    return state_->socket.native_handle();
}

}  // namespace aihub::net
