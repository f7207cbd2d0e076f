// Connections to upstreams, kept and reused per loop.
#pragma once

#include "base/result.hpp"
#include "net/connection.hpp"
#include "net/resolver.hpp"
#include "net/tls.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aihub::net {

// Where requests go. Immutable, shared by all loops.
struct Upstream {
    bool tls = false;
    std::string host;  // name or address, without brackets
    std::uint16_t port = 0;
    std::string authority;                          // value of the Host header
    std::string base_path;                          // "/v1", no slash at the end; may be empty
    std::shared_ptr<const TlsContext> tls_context;  // when tls
    std::chrono::milliseconds connect_timeout{5000};
    std::chrono::milliseconds keep_alive{55000};
    std::size_t idle_max = 256;  // kept idle connections for each loop; more are closed

    // From "https://api.example.com/v1". When `tls` is set afterwards, the caller gives it a tls_context.
    static Result<Upstream> parse(std::string_view base_url);
};

using UpstreamPtr = std::shared_ptr<const Upstream>;

class UpstreamPool;

// One connection taken out of the pool. It is closed when the lease goes, unless it was given back. Belongs to the
// loop.
class UpstreamLease {
public:
    UpstreamLease(UpstreamPool& pool, UpstreamPtr upstream, ConnectionPtr connection, bool reused)
        : pool_(&pool), upstream_(std::move(upstream)), connection_(std::move(connection)), reused_(reused) {}
    UpstreamLease(UpstreamLease&& other) noexcept = default;
    UpstreamLease& operator=(UpstreamLease&& other) noexcept;
    ~UpstreamLease();

    [[nodiscard]] Connection& connection() { return *connection_; }
    // Whether it served another request before: then the peer may have closed it in the meantime.
    [[nodiscard]] bool reused() const { return reused_; }
    // The reply ended as it should and nothing else came: others may use the connection.
    void give_back();

private:
    UpstreamPool* pool_;
    UpstreamPtr upstream_;
    ConnectionPtr connection_;
    bool reused_;
};

// One for each loop; belongs to its thread, and outlives its leases.
class UpstreamPool {
public:
    UpstreamPool(Loop& loop, Resolver& resolver);
    UpstreamPool(const UpstreamPool&) = delete;
    UpstreamPool& operator=(const UpstreamPool&) = delete;

    // A kept connection that is still quiet, or a new one, connected and with TLS done. `fresh`: a new one in any case.
    // Fails with unavailable (refused, not resolved, TLS) or upstream_timeout; the message names host and reason.
    enum class Reuse { allowed, never };
    Task<Result<UpstreamLease>> acquire(UpstreamPtr upstream, SteadyTime deadline, Reuse reuse);

    // Closes all idle connections; called at shutdown.
    void close_idle();
    [[nodiscard]] std::size_t idle() const;

private:
    friend class UpstreamLease;
    struct Idle {
        ConnectionPtr connection;
        SteadyTime until;
    };
    struct Kept {
        UpstreamPtr upstream;
        std::vector<Idle> idle;
    };

    Task<Result<ConnectionPtr>> connect(UpstreamPtr upstream, SteadyTime deadline);
    Task<Result<ConnectionPtr>> connect_to(UpstreamPtr upstream, Address address, SteadyTime deadline);
    void keep(const UpstreamPtr& upstream, ConnectionPtr connection);
    void sweep();
    void arm_sweep();

    Loop& loop_;
    Resolver& resolver_;
    std::unordered_map<const Upstream*, Kept> kept_;
    bool sweep_armed_ = false;
};

}  // namespace aihub::net
