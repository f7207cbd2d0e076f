// Step 5: limits to lease.
#pragma once

#include "base/result.hpp"
#include "gateway/key_gates.hpp"
#include "gateway/pause.hpp"
#include "gateway/receive.hpp"
#include "gateway/worker.hpp"
#include "model/principal.hpp"

#include <atomic>
#include <utility>

namespace aihub::gateway {

// The right to run one call; given back when it goes. Any thread.
class Lease {
public:
    explicit Lease(std::atomic<std::size_t>& in_flight) : in_flight_(&in_flight) {}
    Lease(Lease&& other) noexcept
        : in_flight_(std::exchange(other.in_flight_, nullptr)),
          key_(std::move(other.key_)),
          place_(std::move(other.place_)),
          waits_(other.waits_) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
        if (in_flight_ != nullptr) {
            in_flight_->fetch_sub(1, std::memory_order_relaxed);
        }
    }

    // Whether the key has as many calls as it may, so that wait_for_lease() comes first.
    [[nodiscard]] bool waits() const { return waits_; }

private:
    friend Result<Lease> admit(const config::Limits&, Services&, const model::Principal&);
    friend net::Task<Result<void>> wait_for_lease(Worker&, const Call&, ActiveCall&, Lease&);

    std::atomic<std::size_t>* in_flight_;
    KeyGates::Use key_;  // empty: keys have no limit
    GatePass place_;     // among the calls of the key
    bool waits_ = false;
};

// Before the body of a call is read. unavailable: the process is near its memory limit (limits.memory_max); the answer
// carries Retry-After.
[[nodiscard]] Result<void> check_memory(Worker& worker);

// The place of a call that came through a trusted proxy among the connections of its client; nothing for others, whose
// own connection is counted. unavailable: the client has limits.connections_per_address_max such calls; the answer
// carries Retry-After.
[[nodiscard]] Result<OpenConnections::Share> client_share(
    Services& services, const Call& call, const ClientInput& input
);

// Take one request out of the bucket of the client's address, and of the key; what it says is on the answer, that of
// the key where both say something. rate_limited: there is none left; the answer carries Retry-After.
[[nodiscard]] Result<void> check_address_rate(Worker& worker, Call& call);
[[nodiscard]] Result<void> check_key_rate(Worker& worker, const model::Principal& principal, Call& call);

// unavailable: limits.calls_max calls are running in this process; the answer carries Retry-After.
[[nodiscard]] Result<Lease> admit(const config::Limits& limits, Services& services, const model::Principal& principal);

// Of a lease that waits: until one of the key's calls has ended. rate_limited: too many wait already
// (limits.queue_max), or it took longer than limits.queue_wait_max; the answer carries Retry-After. client_gone or
// unavailable: `active` was cancelled.
[[nodiscard]] net::Task<Result<void>> wait_for_lease(
    Worker& worker, const Call& call, ActiveCall& active, Lease& lease
);

}  // namespace aihub::gateway
