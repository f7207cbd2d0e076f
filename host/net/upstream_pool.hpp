// Connections to upstreams, kept and reused per loop.
#pragma once

#include "base/result.hpp"
#include "net/connection.hpp"
#include "net/connector.hpp"
#include "net/resolver.hpp"
#include "net/upstream.hpp"

#include <cstddef>
#include <memory>
#include <unordered_map>
#include <vector>

namespace aihub::net {

class UpstreamPool;
struct UpstreamKept;  // one upstream's connections

// A connection as the pool keeps it.
struct PooledConnection {
    ConnectionPtr connection;
    SteadyTime opened;
    SteadyTime idle_until;
    std::size_t requests = 0;
};

// One connection taken out of the pool. It is closed when the lease goes, unless it was given back. Belongs to the
// loop.
class UpstreamLease {
public:
    UpstreamLease(UpstreamPool& pool, UpstreamKept& kept, PooledConnection connection, bool reused)
        : pool_(&pool), kept_(&kept), connection_(std::move(connection)), reused_(reused) {}
    UpstreamLease(UpstreamLease&& other) noexcept = default;
    UpstreamLease& operator=(UpstreamLease&& other) noexcept;
    ~UpstreamLease();

    [[nodiscard]] Connection& connection() { return *connection_.connection; }
    // Whether it was kept before: then the peer may have closed it in the meantime.
    [[nodiscard]] bool reused() const { return reused_; }
    // The reply ended as it should and nothing else came: others may use the connection.
    void give_back();

private:
    UpstreamPool* pool_;
    UpstreamKept* kept_;
    PooledConnection connection_;
    bool reused_;
};

// One for each loop; belongs to its thread, and outlives its leases.
class UpstreamPool {
public:
    UpstreamPool(Loop& loop, Resolver& resolver);
    ~UpstreamPool();
    UpstreamPool(const UpstreamPool&) = delete;
    UpstreamPool& operator=(const UpstreamPool&) = delete;

    // A kept connection that is still quiet, or a new one, connected and with TLS done. `never`: a new one in any case.
    // At connections_max it waits for one, at most for the time-out of connecting: `connect`, or the upstream's own
    // when that is 0. Fails with unavailable (refused, not resolved, TLS, none free) or upstream_timeout; the message
    // names host and reason.
    enum class Reuse { allowed, never };
    Task<Result<UpstreamLease>> acquire(
        UpstreamPtr upstream, SteadyTime deadline, Reuse reuse, std::chrono::milliseconds connect = {}
    );

    // These are in use from now on: opens connections ahead where `warm` says so, closes the idle ones of all others.
    void use(const std::vector<UpstreamPtr>& upstreams);
    // Closes all idle connections and opens none ahead any more; called at shutdown.
    void close_idle();
    [[nodiscard]] std::size_t idle() const;

private:
    friend class UpstreamLease;
    using Kept = UpstreamKept;

    Kept& kept(const UpstreamPtr& upstream);
    Task<Result<UpstreamLease>> open(Kept& kept, SteadyTime deadline);
    void keep(Kept& kept, PooledConnection connection);
    void give_up(Kept& kept);
    void warm_up(Kept& kept);
    Task<void> warm_one(Kept& kept);
    void sweep();
    void sweep(Kept& kept, SteadyTime now);
    void arm_sweep();
    static void report(Kept& kept);

    Loop& loop_;
    Connector connector_;
    std::unordered_map<const Upstream*, std::unique_ptr<Kept>> kept_;
    bool sweep_armed_ = false;
    bool closing_ = false;
};

}  // namespace aihub::net
