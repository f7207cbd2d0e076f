// An upstream of raw bytes: it records what it is sent and answers what a test scripts.
#pragma once

#include "support/http_text.hpp"
#include "support/posix.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace aihub::testing {

// What the upstream does about one request, step by step. After the last step the connection is kept for the next one.
class Reply {
public:
    Reply() = default;
    // Sends all bytes, in one segment where they fit.
    explicit Reply(std::string bytes) { send(std::move(bytes)); }

    Reply& send(std::string bytes);
    // Sends in pieces of `size` bytes, each in a segment of its own.
    Reply& slices(std::string bytes, std::size_t size = 1);
    // Sends `bytes` `times` times, as fast as the peer takes them.
    Reply& flood(std::string bytes, std::size_t times);
    // Waits until the test sets the signal (or the peer leaves, which ends the script).
    Reply& wait(SignalPtr signal);
    // Does nothing until the peer leaves.
    Reply& hold();
    Reply& half_close();
    Reply& close();
    Reply& reset();

private:
    friend class RawUpstream;
    enum class Kind { send, wait, hold, half_close, close, reset };
    struct Step {
        Kind kind;
        std::string bytes;
        std::size_t slice = 0;  // 0: whole
        std::size_t times = 1;
        SignalPtr signal;
    };
    std::vector<Step> steps_;
};

// A request as it came in. Connections count from 0.
struct UpstreamRequest {
    std::size_t connection = 0;
    Message message;
};

enum class PeerEnd { none, finished, reset };

// Listens at once, on its own threads, until destroyed. Any thread may call it. Each connection has one thread, so it
// is for tests of correctness, not of load. A request that nothing is scripted for gets 599.
class RawUpstream {
public:
    RawUpstream();
    ~RawUpstream();
    RawUpstream(const RawUpstream&) = delete;
    RawUpstream& operator=(const RawUpstream&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }

    // Scripts: replies in the queue first, then the handler.
    void enqueue(Reply reply);
    void set_handler(std::function<Reply(const UpstreamRequest&)> handler);

    // Waits, each with a deadline; false: it passed.
    [[nodiscard]] bool wait_for_requests(std::size_t count, Milliseconds patience = kPatience);
    [[nodiscard]] bool wait_for_connections(std::size_t count, Milliseconds patience = kPatience);
    // Until the peer has ended its side of `connection` or reset it.
    [[nodiscard]] PeerEnd wait_for_close(std::size_t connection, Milliseconds patience = kPatience);

    [[nodiscard]] std::vector<UpstreamRequest> requests() const;
    [[nodiscard]] UpstreamRequest last() const;
    [[nodiscard]] std::size_t connections() const;
    // Every byte received on a connection.
    [[nodiscard]] std::string bytes(std::size_t connection) const;
    // Bytes that the kernel has taken from us for a connection.
    [[nodiscard]] std::uint64_t sent(std::size_t connection) const;

private:
    struct Link;
    void accept_loop(const std::stop_token& stop);
    void serve(Link& link, const std::stop_token& stop);
    bool run(Link& link, const Reply& reply);
    bool send_all(Link& link, std::string_view bytes);
    bool poll_link(Link& link, short events, const Signal* signal);
    bool take_input(Link& link);
    Reply script_for(const UpstreamRequest& request);

    Descriptor listener_;
    std::uint16_t port_;
    Signal stopping_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Reply> queue_;
    std::function<Reply(const UpstreamRequest&)> handler_;
    std::vector<UpstreamRequest> requests_;
    std::vector<std::unique_ptr<Link>> links_;
    std::jthread acceptor_;
};

}  // namespace aihub::testing
