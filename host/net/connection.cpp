#include "net/connection.hpp"

#include "net/engine.hpp"
#include "net/tls.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace aihub::net {

namespace {

using Descriptor = boost::asio::posix::stream_descriptor;

// As many parts as one sendmsg takes; the rest follows in the next.
constexpr std::size_t kPartsMax = 64;
// The most that one TLS record holds (RFC 8446 section 5.1).
constexpr std::size_t kTlsRecordBytes = 16384;

std::size_t size_of(std::span<const std::string_view> parts) {
    std::size_t size = 0;
    for (const auto part : parts) {
        size += part.size();
    }
    return size;
}

// Calls take(view) for each part from byte `offset` on, until it says false.
template <class Take>
void for_each_from(std::span<const std::string_view> parts, std::size_t offset, Take take) {
    for (auto part : parts) {
        if (offset >= part.size()) {
            offset -= part.size();
            continue;
        }
        part.remove_prefix(offset);
        offset = 0;
        if (!take(part)) {
            return;
        }
    }
}

}  // namespace

struct Connection::Socket {
    Descriptor descriptor;
    Socket(Loop::Engine& engine, int number) : descriptor(engine.io, number) {}
};

Connection::Connection(Loop& loop, int descriptor, std::string peer)
    : loop_(loop),
      descriptor_(descriptor),
      socket_(std::make_unique<Socket>(loop.engine(), descriptor)),
      peer_(std::move(peer)) {
    loop_.enlist(*this);
}

Connection::~Connection() {
    close();
    loop_.delist(*this);
}

ReadAwaiter Connection::read_some(std::span<char> buffer) {
    return {*this, buffer};
}

WriteAwaiter Connection::write(std::span<const std::string_view> parts) {
    return {*this, parts};
}

ConnectAwaiter Connection::connected() {
    return ConnectAwaiter(*this);
}

HandshakeAwaiter Connection::handshake(std::unique_ptr<TlsSession> session) {
    tls_ = std::move(session);
    return HandshakeAwaiter(*this);
}

void Connection::set_deadline(SteadyTime deadline, Errc code) {
    clear_deadline();
    deadline_ = deadline;
    deadline_code_ = code;
}

void Connection::set_read_deadline(SteadyTime deadline, Errc code) {
    set_deadline(deadline, code);
    read_only_deadline_ = true;
}

void Connection::set_write_patience(std::chrono::milliseconds patience, SteadyTime latest, Errc code) {
    set_deadline(std::min(latest, loop_.now() + patience), code);
    patience_ = patience;
    latest_ = latest;
}

void Connection::extend_deadline() {
    if (patience_.count() > 0) {
        deadline_ = std::min(latest_, loop_.now() + patience_);
    }
}

void Connection::clear_deadline() {
    deadline_ = SteadyTime::max();
    patience_ = std::chrono::milliseconds(0);
    read_only_deadline_ = false;
    expired_ = false;
}

void Connection::shutdown_write() {
    if (open()) {
        ::shutdown(descriptor_, SHUT_WR);
    }
}

void Connection::abort(Errc code) {
    if (open()) {
        reason_ = code;
        close();
    }
}

void Connection::close() {
    if (!open()) {
        return;
    }
    descriptor_ = -1;
    gone_ = nullptr;
    boost::system::error_code ignored;
    socket_->descriptor.close(ignored);  // Completes what waits with operation_aborted, later, from the loop.
}

bool Connection::quiet() {
    if (!open() || (tls_ && tls_->pending())) {
        return false;
    }
    char byte = 0;
    const auto count = ::recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

Error Connection::failure() const {
    if (expired_) {
        return {deadline_code_, "the peer took too long"};
    }
    if (reason_ == Errc::request_timeout || reason_ == Errc::upstream_timeout) {
        return {reason_, "the connection took too long"};
    }
    if (tls_ && !tls_->reason().empty()) {
        return {reason_, tls_->reason()};
    }
    if (error_number_ != 0) {
        std::array<char, 128> text{};
        return {reason_, strerror_r(error_number_, text.data(), text.size())};
    }
    return {reason_, "the connection was closed"};
}

Connection::Io Connection::receive(std::span<char> buffer, std::size_t& count) {
    if (!open()) {
        return Io::failed;
    }
    if (tls_) {
        switch (tls_->read(buffer, count)) {
            case TlsStep::done:
                drained_ = false;  // One record may have brought several: ask again before waiting.
                return Io::done;
            case TlsStep::closed:
                count = 0;
                return Io::done;
            case TlsStep::want_read:
                return Io::want_read;
            case TlsStep::want_write:
                return Io::want_write;
            case TlsStep::failed:
                break;
        }
        abort(Errc::unavailable);
        return Io::failed;
    }
    const auto got = ::recv(descriptor_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got >= 0) {
        count = static_cast<std::size_t>(got);
        drained_ = count < buffer.size();
        return Io::done;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
        return Io::want_read;
    }
    error_number_ = errno;
    abort(Errc::unavailable);
    return Io::failed;
}

Connection::Io Connection::send(std::span<const std::string_view> parts, std::size_t offset, std::size_t& count) {
    if (!open()) {
        return Io::failed;
    }
    if (tls_) {
        std::array<char, kTlsRecordBytes> record;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled below
        std::size_t size = 0;
        for_each_from(parts, offset, [&](std::string_view part) {
            const auto taken = std::min(part.size(), record.size() - size);
            std::memcpy(record.data() + size, part.data(), taken);
            size += taken;
            return size < record.size();
        });
        switch (tls_->write({record.data(), size}, count)) {
            case TlsStep::done:
                return Io::done;
            case TlsStep::want_read:
                return Io::want_read;
            case TlsStep::want_write:
                return Io::want_write;
            default:
                break;
        }
        abort(Errc::unavailable);
        return Io::failed;
    }
    std::array<iovec, kPartsMax> vectors;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled below
    std::size_t used = 0;
    for_each_from(parts, offset, [&](std::string_view part) {
        vectors[used++] = {const_cast<char*>(part.data()), part.size()};  // NOLINT: iovec serves reads and writes
        return used < vectors.size();
    });
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = used;
    const auto sent = ::sendmsg(descriptor_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
        count = static_cast<std::size_t>(sent);
        return Io::done;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
        return Io::want_write;
    }
    // Not closed: what the peer said before it stopped listening can still be read.
    error_number_ = errno;
    return Io::failed;
}

void Connection::suspend(IoAwaiter& awaiter, std::coroutine_handle<> handle) {
    awaiter.handle_ = handle;
    ++waiting_;
    wait(awaiter);
}

void Connection::wait(IoAwaiter& awaiter) {
    const auto kind = awaiter.for_write_ ? Descriptor::wait_write : Descriptor::wait_read;
    // A closed descriptor completes at once with an error, and advance() then reports why it was closed.
    socket_->descriptor.async_wait(kind, [self = shared_from_this(), &awaiter](const boost::system::error_code&) {
        if (!awaiter.advance()) {
            self->wait(awaiter);
            return;
        }
        --self->waiting_;
        awaiter.handle_.resume();
    });
}

void Connection::on_tick(SteadyTime now) {
    if (waiting_ > 0 && now >= deadline_) {
        if (!read_only_deadline_) {
            abort(deadline_code_);
            return;
        }
        expired_ = true;
        boost::system::error_code ignored;
        socket_->descriptor.cancel(ignored);  // Wakes what waits; it looks at expired_ first.
        return;
    }
    if (watch_delayed_) {
        watch_delayed_ = false;
        start_watch();
    }
}

void Connection::watch(Watch when, std::function<void()> gone) {
    gone_ = std::move(gone);
    if (when == Watch::delayed) {
        watch_delayed_ = true;
        return;
    }
    start_watch();
}

void Connection::unwatch() {
    gone_ = nullptr;
    watch_delayed_ = false;
}

void Connection::start_watch() {
    // The wait of an earlier watch may still be out; it serves this one, too.
    if (!open() || watch_started_) {
        return;
    }
    watch_started_ = true;
    socket_->descriptor.async_wait(
        Descriptor::wait_read,
        [self = shared_from_this()](const boost::system::error_code& error) {
            self->watch_started_ = false;
            if (!error) {
                self->on_watch();
            }
        }
    );
}

void Connection::on_watch() {
    if (!gone_ || !open()) {
        return;
    }
    char byte = 0;
    const auto count = ::recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (count > 0) {
        gone_ = nullptr;  // The next request is already there: it is read when this one is done.
        return;
    }
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
        start_watch();
        return;
    }
    const auto gone = std::exchange(gone_, nullptr);
    gone();
}

bool ReadAwaiter::await_ready() {
    // After a read that took all there was, another one now would only find nothing.
    return connection_.open() && !connection_.drained_ && advance();
}

void ReadAwaiter::await_suspend(std::coroutine_handle<> handle) {
    connection_.suspend(*this, handle);
}

bool ReadAwaiter::advance() {
    if (connection_.expired_) {
        result_ = connection_.failure();
        return true;
    }
    std::size_t count = 0;
    switch (connection_.receive(buffer_, count)) {
        case Connection::Io::done:
            result_ = count;
            return true;
        case Connection::Io::want_read:
            connection_.drained_ = true;
            for_write_ = false;
            return false;
        case Connection::Io::want_write:
            for_write_ = true;
            return false;
        case Connection::Io::failed:
            break;
    }
    result_ = connection_.failure();
    return true;
}

void WriteAwaiter::await_suspend(std::coroutine_handle<> handle) {
    keep_rest();
    connection_.suspend(*this, handle);
}

bool WriteAwaiter::advance() {
    const auto size = size_of(parts_);
    while (offset_ < size) {
        std::size_t count = 0;
        switch (connection_.send(parts_, offset_, count)) {
            case Connection::Io::done:
                offset_ += count;
                if (offset_ < size) {
                    connection_.extend_deadline();
                }
                continue;
            case Connection::Io::want_read:
                for_write_ = false;
                return false;
            case Connection::Io::want_write:
                for_write_ = true;
                return false;
            case Connection::Io::failed:
                result_ = connection_.failure();
                return true;
        }
    }
    return true;
}

// Other coroutines use the scratch while this one waits.
void WriteAwaiter::keep_rest() {
    const char* begin = connection_.loop().scratch();
    const char* end = begin + Loop::kScratchBytes;
    const auto in_scratch = [&](std::string_view part) { return part.data() >= begin && part.data() < end; };
    if (std::none_of(parts_.begin(), parts_.end(), in_scratch)) {
        return;
    }
    for_each_from(parts_, offset_, [&](std::string_view part) {
        rest_ += part;
        return true;
    });
    rest_view_ = rest_;
    parts_ = {&rest_view_, 1};
    offset_ = 0;
}

void ConnectAwaiter::await_suspend(std::coroutine_handle<> handle) {
    for_write_ = true;
    connection_.suspend(*this, handle);
}

bool ConnectAwaiter::advance() {
    int error = 0;
    socklen_t size = sizeof(error);
    if (connection_.open() && ::getsockopt(connection_.descriptor_, SOL_SOCKET, SO_ERROR, &error, &size) == 0 &&
        error != 0) {
        connection_.error_number_ = error;
        connection_.abort(Errc::unavailable);
    }
    if (!connection_.open()) {
        result_ = connection_.failure();
    }
    return true;
}

void HandshakeAwaiter::await_suspend(std::coroutine_handle<> handle) {
    connection_.suspend(*this, handle);
}

bool HandshakeAwaiter::advance() {
    if (!connection_.open()) {
        result_ = connection_.failure();
        return true;
    }
    switch (connection_.tls_->handshake()) {
        case TlsStep::done:
            return true;
        case TlsStep::want_read:
            for_write_ = false;
            return false;
        case TlsStep::want_write:
            for_write_ = true;
            return false;
        case TlsStep::closed:
        case TlsStep::failed:
            break;
    }
    connection_.abort(Errc::unavailable);
    result_ = connection_.failure();
    return true;
}

}  // namespace aihub::net
