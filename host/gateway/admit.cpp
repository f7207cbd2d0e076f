#include "gateway/admit.hpp"

namespace aihub::gateway {

Result<Lease> admit(const config::Limits& limits, Services& services) {
    const auto running = services.calls.fetch_add(1, std::memory_order_relaxed);
    Lease lease(services.calls);
    if (running >= limits.calls_max) {
        return Error{
            Errc::unavailable,
            "the gateway runs as many calls as it may (limits.calls_max); try again",
            "overloaded",
            {}};
    }
    return lease;
}

}  // namespace aihub::gateway
