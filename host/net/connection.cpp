#include "net/connection.hpp"

#include "net/engine.hpp"
#include "net/tls.hpp"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace aihub::net {

namespace {

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

Connection::Connection(Loop& loop, int descriptor, std::string peer)
    : loop_(loop), poller_(loop.engine().poller), descriptor_(descriptor), peer_(std::move(peer)) {
    loop_.enlist(*this);
    if (!poller_.add(descriptor_, *this)) {
        error_number_ = errno;
        close();
    }
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
    set_deadline(latest, code);
    patience_ = patience;
    latest_ = latest;
    patience_began_ = false;
}

void Connection::extend_deadline() {
    deadline_ = patience_.count() > 0 ? latest_ : deadline_;
    patience_began_ = false;
}

void Connection::clear_deadline() {
    deadline_ = SteadyTime::max();
    patience_ = std::chrono::milliseconds(0);
    read_only_deadline_ = false;
    expired_ = false;
}

void Connection::interrupt_read(Errc code) {
    interrupted_ = code;
    wake_later();
}

void Connection::shutdown_write() {
    if (open()) {
        if (tls_) {
            tls_->end_writing();
        }
        ::shutdown(descriptor_, SHUT_WR);
    }
}

void Connection::abort(Errc code) {
    if (open()) {
        reason_ = code;
        close_socket();
    }
}

void Connection::close() {
    if (open() && tls_) {
        tls_->end_writing();
    }
    close_socket();
}

void Connection::close_socket() {
    if (!open()) {
        return;
    }
    poller_.remove(descriptor_, *this);
    ::close(std::exchange(descriptor_, -1));
    gone_ = nullptr;
    wake_later();
}

bool Connection::quiet() {
    if (!open() || (readable_ && !tls_)) {
        return false;
    }
    if (!readable_ && poller_.rounds() != read_round_) {
        return true;  // The poller has looked since, and had no news.
    }
    return look() == Look::nothing;
}

// Behind TLS bytes on the socket say little: they may be the peer's end, or a session ticket that nobody has to see.
Connection::Look Connection::look() {
    if (tls_) {
        switch (tls_->peek()) {
            case TlsStep::done:
                return Look::bytes;
            case TlsStep::want_read:
                readable_ = false;
                return Look::nothing;
            case TlsStep::want_write:
                return Look::nothing;
            default:
                return Look::gone;
        }
    }
    char byte = 0;
    const auto count = ::recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (count > 0) {
        return Look::bytes;
    }
    return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) ? Look::nothing : Look::gone;
}

void Connection::answer_plain_http() {
    static constexpr std::string_view kAnswer =
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 66\r\n\r\n"
        "a plain HTTP request came to an HTTPS port: write https in the URL";
    // Closing with unread bytes would reset the connection and could destroy the answer.
    std::array<char, 4096> rest;  // NOLINT(cppcoreguidelines-pro-type-member-init): thrown away
    constexpr int kReadsMax = 16;
    for (int i = 0; i<kReadsMax&& ::recv(descriptor_, rest.data(), rest.size(), MSG_DONTWAIT)> 0; ++i) {
    }
    // Whoever does not take it at once does not get it.
    static_cast<void>(::send(descriptor_, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

Error Connection::failure() const {
    if (expired_) {
        return {deadline_code_, "the peer took too long"};
    }
    if (reason_ == Errc::request_timeout || reason_ == Errc::upstream_timeout) {
        return {reason_, "the connection took too long"};
    }
    if (tls_ && !tls_->reason().empty()) {
        return {reason_, tls_->reason(), tls_->distrusts() ? std::string(kUntrusted) : std::string(), {}};
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
    read_round_ = poller_.rounds();
    if (tls_) {
        switch (tls_->read(buffer, count)) {
            case TlsStep::done:
                readable_ = true;  // One record may have brought several: ask again before waiting.
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
        // What comes after a read that took all there was is news. The end may have come together with the bytes.
        readable_ = hung_up_ || count == buffer.size();
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

void Connection::send_now(std::span<const std::string_view> parts) {
    const auto size = size_of(parts);
    std::size_t count = 0;
    for (std::size_t sent = 0; open() && sent < size; sent += count) {
        if (send(parts, sent, count) != Io::done) {
            return;
        }
    }
}

void Connection::suspend(IoAwaiter& awaiter, std::coroutine_handle<> handle) {
    awaiter.handle_ = handle;
    unwaited_bytes_ = 0;
    *std::find(waits_.begin(), waits_.end(), nullptr) = &awaiter;
    if (!open() || expired_ || (readable_ && !awaiter.for_write_)) {
        wake_later();
    }
}

void Connection::on_news(News news) {
    readable_ = readable_ || news.readable;
    hung_up_ = hung_up_ || news.hung_up;
    const auto self = shared_from_this();
    if (gone_ && news.readable) {
        look_after_peer();
    }
    advance_waiting(news);
}

// Resumes what can go on. A coroutine that goes on may begin the next wait at once; that one is for the next news.
void Connection::advance_waiting(News news) {
    for (auto* const awaiter : std::array(waits_)) {
        const auto place = std::find(waits_.begin(), waits_.end(), awaiter);
        if (awaiter == nullptr || place == waits_.end() || !(awaiter->for_write_ ? news.writable : news.readable) ||
            !awaiter->advance()) {
            continue;
        }
        *place = nullptr;
        awaiter->handle_.resume();
    }
}

void Connection::wake_later() {
    if (waits_ == decltype(waits_){} || weak_from_this().expired()) {
        return;
    }
    loop_.post([self = shared_from_this()] { self->advance_waiting({true, true, false}); });
}

void Connection::on_tick(SteadyTime now) {
    if (patience_.count() > 0 && !patience_began_) {
        // Counted from here: most writes are through before, and then it costs no look at the clock.
        patience_began_ = true;
        deadline_ = std::min(latest_, now + patience_);
    }
    if (now < deadline_ || waits_ == decltype(waits_){}) {
        return;
    }
    if (!read_only_deadline_) {
        abort(deadline_code_);
        return;
    }
    if (!std::exchange(expired_, true)) {
        wake_later();
    }
}

void Connection::watch(std::function<void()> gone) {
    gone_ = std::move(gone);
    if (readable_ || hung_up_) {
        loop_.post([self = shared_from_this()] { self->look_after_peer(); });
    }
}

void Connection::unwatch() {
    gone_ = nullptr;
}

void Connection::look_after_peer() {
    if (!gone_ || !open()) {
        return;
    }
    const auto seen = look();
    // What it sent behind its request is read when that is done; whether it is still there shows by its end alone.
    if (seen != Look::gone && !(seen == Look::bytes && hung_up_)) {
        return;
    }
    const auto gone = std::exchange(gone_, nullptr);
    gone();
}

bool ReadAwaiter::await_ready() {
    // After a read that took all there was, another one now would only find nothing.
    const bool fair = connection_.unwaited_bytes_ < Connection::kShareBytes;
    const bool promising = (connection_.readable_ && fair) || connection_.interrupted_;
    return connection_.open() && promising && advance();
}

void ReadAwaiter::await_suspend(std::coroutine_handle<> handle) {
    connection_.suspend(*this, handle);
}

bool ReadAwaiter::advance() {
    if (connection_.interrupted_) {
        result_ = Error{*std::exchange(connection_.interrupted_, std::nullopt), "the read was interrupted"};
        return true;
    }
    if (connection_.expired_) {
        result_ = connection_.failure();
        return true;
    }
    std::size_t count = 0;
    switch (connection_.receive(buffer_, count)) {
        case Connection::Io::done:
            result_ = count;
            connection_.unwaited_bytes_ += count;
            return true;
        case Connection::Io::want_read:
            connection_.readable_ = false;
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
    waited_since_ = connection_.loop_.now();
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
    if (connection_.tls_->met_plain_http()) {
        connection_.answer_plain_http();
    }
    connection_.abort(Errc::unavailable);
    result_ = connection_.failure();
    return true;
}

}  // namespace aihub::net
