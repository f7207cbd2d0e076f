#include "gateway/admit.hpp"

#include "gateway/call.hpp"
#include "gateway/client_address.hpp"

namespace aihub::gateway {

namespace {

Result<void> take_request(
    Worker& worker, RateLimiter& buckets, std::string_view id, const config::RateLimit& limit, Call& call
) {
    call.rate = buckets.take(id, limit, call.state->shared->config->rates_tracked_max, call.started);
    if (call.dialect == dialect::Dialect::anthropic) {
        call.rate->reset_at = worker.services().clock.wall_now() + call.rate->reset;
    }
    if (call.rate->allowed) {
        return {};
    }
    return Error{Errc::rate_limited, {}, "rate_limit_exceeded", {}};
}

}  // namespace

Result<void> check_address_rate(Worker& worker, Call& call) {
    const auto& limit = call.state->shared->config->address_rate;
    if (!limit.on()) {
        return {};
    }
    auto taken = take_request(worker, worker.services().address_rates, address_group(call.client), limit, call);
    if (!taken) {
        worker.metrics().rate_limited_addresses.add();
        taken.error().message =
            "more requests come from this address than it may send (rate_limits.address); try again";
    }
    return taken;
}

Result<void> check_key_rate(Worker& worker, const model::Principal& principal, Call& call) {
    const auto& limit = call.state->shared->config->key_rate;
    if (!limit.on()) {
        return {};
    }
    auto taken = take_request(worker, worker.services().key_rates, principal.key_id.text(), limit, call);
    if (!taken) {
        worker.metrics().rate_limited_keys.add();
        taken.error().message = "this API key sends more requests than it may (rate_limits.key); try again";
    }
    return taken;
}

Result<void> check_memory(Worker& worker) {
    if (!worker.services().memory_short.load(std::memory_order_relaxed)) {
        return {};
    }
    worker.metrics().shed_calls.add();
    return Error{
        Errc::unavailable, "the gateway is near its memory limit (limits.memory_max); try again", "overloaded", {}};
}

Result<OpenConnections::Share> client_share(Services& services, const Call& call, const ClientInput& input) {
    if (input.peer.empty() || call.client == input.peer) {
        return OpenConnections::Share();
    }
    auto share =
        services.connections.share(call.client, call.state->shared->config->limits.connections_per_address_max);
    if (!share) {
        return Error{
            Errc::unavailable,
            "the gateway serves as many calls of this address as it may (limits.connections_per_address_max); try "
            "again",
            "overloaded",
            {}};
    }
    return *std::move(share);
}

Result<Lease> admit(const config::Limits& limits, Services& services, const model::Principal& principal) {
    const auto running = services.calls.fetch_add(1, std::memory_order_relaxed);
    Lease lease(services.calls);
    if (running >= limits.calls_max) {
        return Error{
            Errc::unavailable,
            "the gateway runs as many calls as it may (limits.calls_max); try again",
            "overloaded",
            {}};
    }
    if (limits.calls_per_key_max > 0) {
        lease.key_ = services.key_gates.use(principal.key_id.text());
        auto& gate = lease.key_.gate();
        lease.waits_ = !gate.try_enter(limits.calls_per_key_max);
        if (!lease.waits_) {
            lease.place_ = GatePass(gate);
        }
    }
    return lease;
}

net::Task<Result<void>> wait_for_lease(Worker& worker, const Call& call, ActiveCall& active, Lease& lease) {
    const auto& limits = call.state->shared->config->limits;
    const GateLimits line{limits.calls_per_key_max, limits.queue_max, limits.queue_wait_max};
    auto& waited = worker.metrics().key_queue_wait;
    lease.place_ = co_await wait_for_turn(worker, active, lease.key_.gate(), line, call.deadline, waited);
    if (active.cancelled) {
        co_return Error{*active.cancelled, "the call ended while it waited for its turn", {}, {}};
    }
    if (!lease.place_) {
        co_return Error{
            Errc::rate_limited,
            "this API key has as many calls as it may (limits.calls_per_key_max); try again",
            "rate_limit_exceeded",
            {}};
    }
    lease.waits_ = false;
    co_return Result<void>();
}

}  // namespace aihub::gateway
