// A connection to a provider, for as long as somebody waits for it.
#pragma once

#include "base/result.hpp"
#include "gateway/open_connections.hpp"
#include "net/loop.hpp"
#include "net/task.hpp"
#include "net/upstream_pool.hpp"

#include <chrono>
#include <coroutine>
#include <memory>
#include <optional>

namespace aihub::gateway {

// UpstreamPool::acquire() that can be given up: what it still opens then is closed. One wait at a time, on the loop; it
// is destroyed only when nobody waits.
class Acquisition {
public:
    // `open` is held by what was given up and still opens: a shutdown waits for that.
    Acquisition(net::Loop& loop, net::UpstreamPool& pool, OpenConnections& open)
        : loop_(loop), pool_(pool), open_(open) {}
    Acquisition(const Acquisition&) = delete;
    Acquisition& operator=(const Acquisition&) = delete;
    ~Acquisition();

    // As acquire(); unavailable when it was given up.
    [[nodiscard]] net::Task<Result<net::UpstreamLease>> wait(
        net::UpstreamPtr upstream,
        SteadyTime deadline,
        net::UpstreamPool::Reuse reuse,
        std::chrono::milliseconds connect
    );
    // The wait ends a little later, not from within this function.
    void cancel();

private:
    // What the pool's answer comes to; `owner` is gone when nobody wants it any more.
    struct Slot {
        Acquisition* owner;
        std::optional<OpenConnections::Hold> hold{};
    };
    void give_up();
    struct Wait {
        Acquisition& owner;
        [[nodiscard]] bool await_ready() const { return owner.lease_.has_value(); }
        void await_suspend(std::coroutine_handle<> waiter) const { owner.waiter_ = waiter; }
        void await_resume() const {}
    };
    static net::Task<void> fetch(
        net::UpstreamPool& pool,
        net::UpstreamPtr upstream,
        SteadyTime deadline,
        net::UpstreamPool::Reuse reuse,
        std::chrono::milliseconds connect,
        std::unique_ptr<Slot> slot
    );
    void take(Result<net::UpstreamLease> lease);

    net::Loop& loop_;
    net::UpstreamPool& pool_;
    OpenConnections& open_;
    Slot* slot_ = nullptr;  // of the fetch that is under way
    std::optional<Result<net::UpstreamLease>> lease_;
    std::coroutine_handle<> waiter_;
};

}  // namespace aihub::gateway
