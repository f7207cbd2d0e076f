// One HTTP/1.1 request and its reply on a connection to an upstream.
#pragma once

#include "base/result.hpp"
#include "net/chunked.hpp"
#include "net/connection.hpp"
#include "net/http_head.hpp"
#include "net/task.hpp"
#include "net/upstream_pool.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace aihub::net {

class Exchange;

// The waits of Exchange::send() and read_some(), which are awaited once and at once.
class ExchangeSend {
public:
    ExchangeSend(
        Exchange& exchange,
        std::span<const std::string_view> parts,
        std::chrono::milliseconds patience,
        SteadyTime latest
    );
    bool await_ready() { return write_.await_ready(); }
    void await_suspend(std::coroutine_handle<> handle) { write_.await_suspend(handle); }
    Result<void> await_resume();

private:
    Exchange& exchange_;
    WriteAwaiter write_;
};

class ExchangeRead {
public:
    ExchangeRead(Exchange& exchange, SteadyTime deadline);
    bool await_ready() { return read_.await_ready(); }
    void await_suspend(std::coroutine_handle<> handle) { read_.await_suspend(handle); }
    Result<std::string_view> await_resume();

private:
    Exchange& exchange_;
    ReadAwaiter read_;
};

// Made of a lease, used in this order: send(), read_head(), then take() of what came behind the head and of each
// read_some() until the body is complete, then give_back(). Any irregularity closes the connection. Belongs to the
// loop.
class Exchange {
public:
    explicit Exchange(UpstreamLease lease) : lease_(std::move(lease)), chunks_(Errc::upstream_failed) {}
    Exchange(Exchange&&) noexcept = default;
    Exchange& operator=(Exchange&&) = delete;

    // Sends head and body; the upstream may take up to `patience` for each bit of it. unavailable: it stopped
    // listening, and then it has not got the whole request, but may have answered; upstream_timeout.
    [[nodiscard]] ExchangeSend send(
        std::span<const std::string_view> parts, std::chrono::milliseconds patience, SteadyTime latest
    ) {
        return {*this, parts, patience, latest};
    }
    // Reads the head of the final reply; interim replies are skipped. 101 is final, and taken by an upgrade only. Gives
    // the bytes behind it, which are valid until the next suspension. unavailable: the connection broke;
    // upstream_failed: the upstream ended it or the head is malformed; upstream_timeout.
    [[nodiscard]] Task<Result<std::string_view>> read_head(
        HeadLimits limits, SteadyTime deadline, ReplyTo request = ReplyTo::other
    );
    // Reads what comes next of the body, into the loop's scratch. Empty: the upstream ended its side.
    [[nodiscard]] ExchangeRead read_some(SteadyTime deadline) { return {*this, deadline}; }

    // Calls payload(bytes) for each piece of body in `bytes`. True: the body is complete. Error: malformed.
    template <class Payload>
    [[nodiscard]] Result<bool> take(std::string_view bytes, Payload&& payload) {
        switch (head_.body) {
            case BodyKind::chunked:
                return take_chunks(bytes, payload);
            case BodyKind::until_close:
                payload(bytes);
                return false;
            default: {
                const auto part = take_counted(bytes);
                payload(part);
                return body_done_;
            }
        }
    }
    // After the upstream ended its side: whether that is how this body ends.
    [[nodiscard]] bool ends_with_close() const { return head_.body == BodyKind::until_close; }

    // When the body is complete and nothing was odd, others may use the connection from now on.
    void give_back();
    // Reads the rest of a body that nobody needs for at most `patience`, then gives the connection back or closes it.
    // Goes on by itself.
    static void drain(Exchange exchange, std::chrono::milliseconds patience);

    // Fails what waits with `code` and closes.
    void abort(Errc code) { lease_.connection().abort(code); }
    // For what is written behind the bytes of send() while the reply is read; after a 101 what HTTP was spoken on.
    [[nodiscard]] ConnectionPtr connection() { return lease_.connection().shared_from_this(); }
    [[nodiscard]] const ReplyHead& head() const { return head_; }
    [[nodiscard]] bool reused() const { return lease_.reused(); }
    // Whether any byte of the reply has come.
    [[nodiscard]] bool begun() const { return begun_; }
    [[nodiscard]] bool body_done() const { return body_done_; }

    // Ends the views of head(), and gives back the room for them.
    void forget_fields() { head_.fields = {}; }

private:
    friend class ExchangeSend;
    friend class ExchangeRead;

    template <class Payload>
    Result<bool> take_chunks(std::string_view bytes, Payload& payload) {
        while (!bytes.empty() && !body_done_) {
            const auto step = AIHUB_TRY(chunks_.decode(bytes));
            bytes.remove_prefix(step.consumed);
            if (!step.payload.empty()) {
                payload(step.payload);
            }
            body_done_ = step.done;
        }
        surplus_ = surplus_ || !bytes.empty();
        return body_done_;
    }
    std::string_view take_counted(std::string_view bytes);
    static Task<void> drain_until(Exchange exchange, SteadyTime deadline);

    UpstreamLease lease_;
    ChunkedDecoder chunks_;
    ReplyHead head_;
    std::string carry_;  // a head that came in pieces; head_ has views of it
    std::uint64_t received_ = 0;
    bool begun_ = false;
    bool body_done_ = false;
    bool surplus_ = false;
};

}  // namespace aihub::net
