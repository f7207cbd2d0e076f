// One TCP connection, plain or TLS, on one event loop.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/loop.hpp"
#include "net/poller.hpp"

#include <array>
#include <chrono>
#include <coroutine>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace aihub::net {

class TlsSession;

// A wait of one coroutine for one connection. Use the classes below through Connection's functions.
class IoAwaiter {
public:
    IoAwaiter(const IoAwaiter&) = delete;
    IoAwaiter& operator=(const IoAwaiter&) = delete;

protected:
    explicit IoAwaiter(Connection& connection) : connection_(connection) {}
    ~IoAwaiter() = default;
    // Makes progress. False: it has to wait.
    virtual bool advance() = 0;

    Connection& connection_;
    std::coroutine_handle<> handle_;
    bool for_write_ = false;  // what it waits for
    friend class Connection;
};

class ReadAwaiter final : IoAwaiter {
public:
    ReadAwaiter(Connection& connection, std::span<char> buffer) : IoAwaiter(connection), buffer_(buffer) {}
    bool await_ready();
    void await_suspend(std::coroutine_handle<> handle);
    Result<std::size_t> await_resume() { return std::move(result_); }

private:
    bool advance() override;
    std::span<char> buffer_;
    Result<std::size_t> result_ = std::size_t{0};
};

class WriteAwaiter final : IoAwaiter {
public:
    WriteAwaiter(Connection& connection, std::span<const std::string_view> parts)
        : IoAwaiter(connection), parts_(parts) {}
    bool await_ready() { return advance(); }
    void await_suspend(std::coroutine_handle<> handle);
    Result<void> await_resume() { return std::move(result_); }

    // When it began to wait for the peer; empty: it did not.
    [[nodiscard]] std::optional<SteadyTime> waited_since() const { return waited_since_; }

private:
    bool advance() override;
    void keep_rest();
    std::optional<SteadyTime> waited_since_;
    std::span<const std::string_view> parts_;
    std::size_t offset_ = 0;  // bytes of parts_ that are sent
    std::string rest_;        // what was not sent of parts that lie in the scratch
    std::string_view rest_view_;
    Result<void> result_;
};

class ConnectAwaiter final : IoAwaiter {
public:
    explicit ConnectAwaiter(Connection& connection) : IoAwaiter(connection) {}
    [[nodiscard]] bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> handle);
    Result<void> await_resume() { return std::move(result_); }

private:
    bool advance() override;
    Result<void> result_;
};

class HandshakeAwaiter final : IoAwaiter {
public:
    explicit HandshakeAwaiter(Connection& connection) : IoAwaiter(connection) {}
    bool await_ready() { return advance(); }
    void await_suspend(std::coroutine_handle<> handle);
    Result<void> await_resume() { return std::move(result_); }

private:
    bool advance() override;
    Result<void> result_;
};

// Made by Listener and by UpstreamPool; held by shared_ptr because operations in flight keep it alive. All functions
// belong to the loop's thread. One reader and one writer at a time. After an error the connection is of no more use:
// every further operation fails with the same reason.
class Connection final : public std::enable_shared_from_this<Connection>, private Pollable {
public:
    static constexpr std::size_t kShareBytes = 128UL * 1024;

    // Takes a connected or connecting, non-blocking socket.
    Connection(Loop& loop, int descriptor, std::string peer = {});
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Reads what there is into `buffer`, waiting until there is something. 0: the peer ended its side. `buffer` may be
    // the loop's scratch. A peer that is faster than its reader gets kShareBytes, then it is the others' turn.
    [[nodiscard]] ReadAwaiter read_some(std::span<char> buffer);
    // Sends all bytes of `parts`, waiting for a slow peer. The parts stay valid until it is done, except parts that lie
    // in the loop's scratch: those are copied when they cannot be sent at once.
    [[nodiscard]] WriteAwaiter write(std::span<const std::string_view> parts);

    // Sends as much of `parts` as the peer takes at once; the rest is lost. For last words, when nobody writes.
    void send_now(std::span<const std::string_view> parts);

    // Waits for the end of a connect() in progress.
    [[nodiscard]] ConnectAwaiter connected();
    // Takes over `session` and does the TLS handshake in its role; everything after it is encrypted. A client that
    // began with a plain HTTP request gets a 400 that says so.
    // Fails with the reason kUntrusted when the peer's certificate is not trusted for the host.
    [[nodiscard]] HandshakeAwaiter handshake(std::unique_ptr<TlsSession> session);

    // What waits when this time passes fails with `code`, and the connection closes (looked at every Loop::kTick).
    void set_deadline(SteadyTime deadline, Errc code);
    // The same for reads only, and the connection stays open: an answer can still be written.
    void set_read_deadline(SteadyTime deadline, Errc code);
    // A deadline that moves: each time the peer takes some bytes it gets `patience` anew, up to `latest`.
    void set_write_patience(std::chrono::milliseconds patience, SteadyTime latest, Errc code);
    void clear_deadline();

    // Calls `gone` once as soon as the peer has closed or reset, though nobody reads. Ends with unwatch(), or when the
    // peer sends something. Costs nothing until then.
    void watch(std::function<void()> gone);
    void unwatch();

    // Fails what waits with `code` and closes.
    void abort(Errc code);
    // Fails the read that waits, or the next one, with `code`; the connection stays open.
    void interrupt_read(Errc code);
    // Tells the peer that nothing more will be written; reading goes on.
    void shutdown_write();
    void close();
    [[nodiscard]] bool open() const { return descriptor_ >= 0; }
    [[nodiscard]] bool encrypted() const { return tls_ != nullptr; }
    // Whether an idle connection can still be used: open, and the peer has sent nothing, neither bytes nor its end, as
    // of when the loop last looked, or as of now when it has not looked since the last read.
    [[nodiscard]] bool quiet();

    [[nodiscard]] Loop& loop() { return loop_; }
    [[nodiscard]] int descriptor() const { return descriptor_; }     // negative when it is closed
    [[nodiscard]] const std::string& peer() const { return peer_; }  // "127.0.0.1:1234"; empty for upstreams

private:
    friend class Loop;
    friend class ReadAwaiter;
    friend class WriteAwaiter;
    friend class ConnectAwaiter;
    friend class HandshakeAwaiter;

    enum class Io { done, want_read, want_write, failed };
    enum class Look { nothing, bytes, gone };
    Look look();
    void answer_plain_http();
    void close_socket();
    Io receive(std::span<char> buffer, std::size_t& count);
    Io send(std::span<const std::string_view> parts, std::size_t offset, std::size_t& count);
    void suspend(IoAwaiter& awaiter, std::coroutine_handle<> handle);
    void on_news(News news) override;
    void wake_later();
    void advance_waiting(News news);
    void on_tick(SteadyTime now);
    void look_after_peer();
    void extend_deadline();
    [[nodiscard]] Error failure() const;

    Loop& loop_;
    Poller& poller_;
    int descriptor_;
    std::unique_ptr<TlsSession> tls_;
    std::string peer_;
    SteadyTime deadline_ = SteadyTime::max();
    Errc deadline_code_ = Errc::upstream_timeout;
    bool read_only_deadline_ = false;
    bool expired_ = false;  // a read-only deadline has passed
    std::optional<Errc> interrupted_;
    std::chrono::milliseconds patience_{0};
    bool patience_began_ = false;
    SteadyTime latest_ = SteadyTime::max();
    Errc reason_ = Errc::unavailable;
    int error_number_ = 0;
    bool readable_ = false;              // a read may find something
    std::size_t unwaited_bytes_ = 0;     // read since the last wait
    bool hung_up_ = false;               // the peer has ended its side: reads find that, too
    std::uint64_t read_round_ = 0;       // the poller's round at the last read
    std::array<IoAwaiter*, 2> waits_{};  // coroutines that wait
    std::function<void()> gone_;
    Connection* previous_ = nullptr;  // the loop's list
    Connection* next_ = nullptr;
};

using ConnectionPtr = std::shared_ptr<Connection>;

}  // namespace aihub::net
