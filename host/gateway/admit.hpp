// Step 5: limits to lease.
#pragma once

#include "base/result.hpp"
#include "gateway/worker.hpp"

#include <atomic>
#include <utility>

namespace aihub::gateway {

// The right to run one call; given back when it goes. Any thread.
class Lease {
public:
    explicit Lease(std::atomic<std::size_t>& in_flight) : in_flight_(&in_flight) {}
    Lease(Lease&& other) noexcept : in_flight_(std::exchange(other.in_flight_, nullptr)) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
        if (in_flight_ != nullptr) {
            in_flight_->fetch_sub(1, std::memory_order_relaxed);
        }
    }

private:
    std::atomic<std::size_t>* in_flight_;
};

// unavailable: limits.calls_max calls are running in this process; the answer carries Retry-After.
[[nodiscard]] Result<Lease> admit(const config::Limits& limits, Services& services);

}  // namespace aihub::gateway
