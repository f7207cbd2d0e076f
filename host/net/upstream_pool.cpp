#include "net/upstream_pool.hpp"

#include <algorithm>
#include <deque>
#include <utility>

namespace aihub::net {

namespace {

constexpr std::chrono::seconds kSweep{1};
// Pauses between attempts to open connections ahead, doubled each time.
constexpr std::chrono::seconds kWarmPause{1};
constexpr std::chrono::seconds kWarmPauseMax{30};

}  // namespace

struct UpstreamTurn;

// One upstream's connections. Stays while anything refers to it.
struct UpstreamKept {
    UpstreamPtr upstream;
    std::vector<PooledConnection> idle;
    std::size_t open = 0;  // idle, leased, and being opened
    std::deque<UpstreamTurn*> waiting;
    std::shared_ptr<TlsTickets> tickets = std::make_shared<TlsTickets>();
    bool retired = false;  // the configuration has it no more
    std::chrono::milliseconds warm_pause{0};
    SteadyTime warm_from = SteadyTime::min();
    std::int64_t reported_open = 0;
    std::int64_t reported_idle = 0;

    [[nodiscard]] bool full() const { return upstream->connections_max > 0 && open >= upstream->connections_max; }
    [[nodiscard]] bool worn(const PooledConnection& one, SteadyTime now) const {
        return (upstream->age_max.count() > 0 && now - one.opened >= upstream->age_max) ||
               (upstream->requests_max > 0 && one.requests >= upstream->requests_max);
    }
};

// A caller that waits for a connection or for room to open one, in its coroutine's frame.
struct UpstreamTurn {
    Loop& loop;
    UpstreamKept& kept;
    SteadyTime deadline;
    std::coroutine_handle<> handle = {};
    std::uint64_t timer = 0;
    PooledConnection given = {};
    bool room = false;

    [[nodiscard]] bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiting) {
        handle = waiting;
        kept.waiting.push_back(this);
        timer = loop.start_timer(deadline - loop.now(), [this] {
            std::erase(kept.waiting, this);
            handle.resume();
        });
    }
    void await_resume() const {}
    void resume() const {
        loop.cancel_timer(timer);
        loop.post([waiting = handle] { waiting.resume(); });
    }
};

UpstreamLease& UpstreamLease::operator=(UpstreamLease&& other) noexcept {
    std::swap(pool_, other.pool_);
    std::swap(kept_, other.kept_);
    std::swap(connection_, other.connection_);
    std::swap(reused_, other.reused_);
    return *this;
}

UpstreamLease::~UpstreamLease() {
    if (connection_.connection) {
        connection_.connection->close();
        pool_->give_up(*kept_);
    }
}

void UpstreamLease::give_back() {
    ++connection_.requests;
    pool_->keep(*kept_, std::move(connection_));
    connection_.connection.reset();
}

UpstreamPool::UpstreamPool(Loop& loop, Resolver& resolver) : loop_(loop), connector_(loop, resolver) {}

UpstreamPool::~UpstreamPool() = default;

UpstreamKept& UpstreamPool::kept(const UpstreamPtr& upstream) {
    auto& entry = kept_[upstream.get()];
    if (!entry) {
        entry = std::make_unique<Kept>();
        entry->upstream = upstream;
        arm_sweep();
    }
    return *entry;
}

Task<Result<UpstreamLease>> UpstreamPool::acquire(
    UpstreamPtr upstream, SteadyTime deadline, Reuse reuse, std::chrono::milliseconds connect
) {
    Kept& place = kept(upstream);
    while (reuse == Reuse::allowed && !place.idle.empty()) {
        // The newest first: the oldest may then age out when load goes down.
        auto one = std::move(place.idle.back());
        place.idle.pop_back();
        if (one.connection->quiet()) {
            co_return UpstreamLease(*this, place, std::move(one), true);
        }
        one.connection->close();
        --place.open;
    }
    deadline = std::min(deadline, loop_.now() + (connect.count() > 0 ? connect : upstream->connect_timeout));
    if (place.full() && !place.idle.empty()) {
        place.idle.front().connection->close();  // A new one is wanted: the oldest makes room.
        place.idle.erase(place.idle.begin());
        --place.open;
    }
    if (!place.full()) {
        ++place.open;
        co_return co_await open(place, deadline);
    }
    UpstreamTurn turn{loop_, place, deadline};
    co_await turn;
    if (turn.given.connection) {
        if (reuse == Reuse::allowed && turn.given.connection->quiet()) {
            co_return UpstreamLease(*this, place, std::move(turn.given), true);
        }
        turn.given.connection->close();
        turn.room = true;
    }
    if (turn.room) {
        co_return co_await open(place, deadline);
    }
    co_return Error{
        Errc::unavailable,
        "all " + std::to_string(upstream->connections_max) + " connections to " + upstream->authority +
            " are in use (connections_max)"};
}

// Room for it was counted already.
Task<Result<UpstreamLease>> UpstreamPool::open(Kept& kept, SteadyTime deadline) {
    auto connection = co_await connector_.connect(kept.upstream, kept.tickets, deadline);
    if (!connection) {
        give_up(kept);
        co_return connection.error();
    }
    PooledConnection opened{*std::move(connection), loop_.now(), {}, 0};
    co_return UpstreamLease(*this, kept, std::move(opened), false);
}

void UpstreamPool::keep(Kept& kept, PooledConnection connection) {
    const auto now = loop_.now();
    const bool wanted = connection.connection->open() && !kept.retired && !kept.worn(connection, now);
    if (wanted && !kept.waiting.empty()) {
        auto* turn = kept.waiting.front();
        kept.waiting.pop_front();
        connection.connection->clear_deadline();
        turn->given = std::move(connection);
        turn->resume();
        return;
    }
    if (!wanted || kept.idle.size() >= kept.upstream->idle_max) {
        connection.connection->close();
        give_up(kept);
        return;
    }
    connection.connection->clear_deadline();
    connection.idle_until = now + kept.upstream->keep_alive;
    kept.idle.push_back(std::move(connection));
}

// A connection is gone: there is room for another.
void UpstreamPool::give_up(Kept& kept) {
    if (kept.waiting.empty()) {
        --kept.open;
        return;
    }
    auto* turn = kept.waiting.front();
    kept.waiting.pop_front();
    turn->room = true;
    turn->resume();
}

void UpstreamPool::use(const std::vector<UpstreamPtr>& upstreams) {
    for (auto& [upstream, entry] : kept_) {
        entry->retired = true;
    }
    for (const auto& upstream : upstreams) {
        if (const auto found = kept_.find(upstream.get()); found != kept_.end()) {
            found->second->retired = false;
        }
        if (upstream->warm > 0) {
            warm_up(kept(upstream));
        }
    }
    const auto now = loop_.now();
    for (auto& [upstream, entry] : kept_) {
        sweep(*entry, now);
    }
}

void UpstreamPool::warm_up(Kept& kept) {
    while (!closing_ && !kept.retired && kept.open < kept.upstream->warm && !kept.full() &&
           loop_.now() >= kept.warm_from) {
        ++kept.open;
        spawn(warm_one(kept));
    }
}

Task<void> UpstreamPool::warm_one(Kept& kept) {
    auto connection =
        co_await connector_.connect(kept.upstream, kept.tickets, loop_.now() + kept.upstream->connect_timeout);
    if (!connection) {
        kept.warm_pause = std::clamp<std::chrono::milliseconds>(kept.warm_pause * 2, kWarmPause, kWarmPauseMax);
        kept.warm_from = loop_.now() + kept.warm_pause;
        give_up(kept);
        co_return;
    }
    kept.warm_pause = {};
    PooledConnection one{*std::move(connection), loop_.now(), {}, 0};
    keep(kept, std::move(one));
}

void UpstreamPool::arm_sweep() {
    if (sweep_armed_) {
        return;
    }
    sweep_armed_ = true;
    loop_.start_timer(kSweep, [this] {
        sweep_armed_ = false;
        sweep();
    });
}

void UpstreamPool::sweep() {
    const auto now = loop_.now();
    for (auto at = kept_.begin(); at != kept_.end();) {
        Kept& one = *at->second;
        sweep(one, now);
        warm_up(one);
        const bool needed = one.open > 0 || (one.upstream->warm > 0 && !one.retired && !closing_);
        at = needed ? std::next(at) : kept_.erase(at);
    }
    if (!kept_.empty()) {
        arm_sweep();
    }
}

// Closes what is too old and what the peer has closed meanwhile.
void UpstreamPool::sweep(Kept& kept, SteadyTime now) {
    std::erase_if(kept.idle, [&](const PooledConnection& one) {
        const bool stale = kept.retired || one.idle_until <= now || kept.worn(one, now) || !one.connection->quiet();
        if (stale) {
            one.connection->close();
            --kept.open;
        }
        return stale;
    });
    report(kept);
}

// Not with each request: all loops would write to one place.
void UpstreamPool::report(Kept& kept) {
    const auto tell = [](telemetry::Gauge* gauge, std::size_t value, std::int64_t& reported) {
        const auto now = static_cast<std::int64_t>(value);
        if (gauge != nullptr && now != reported) {
            gauge->add(now - std::exchange(reported, now));
        }
    };
    tell(kept.upstream->open_gauge, kept.open, kept.reported_open);
    tell(kept.upstream->idle_gauge, kept.idle.size(), kept.reported_idle);
}

void UpstreamPool::close_idle() {
    closing_ = true;
    for (auto& [upstream, entry] : kept_) {
        for (const auto& one : std::exchange(entry->idle, {})) {
            one.connection->close();
            --entry->open;
        }
        report(*entry);
    }
}

std::size_t UpstreamPool::idle() const {
    std::size_t count = 0;
    for (const auto& [upstream, entry] : kept_) {
        count += entry->idle.size();
    }
    return count;
}

}  // namespace aihub::net
