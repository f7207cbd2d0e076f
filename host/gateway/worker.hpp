// The gateway on one event loop: its connections, its pool of upstream connections, its view of the state.
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"
#include "gateway/gateway_metrics.hpp"
#include "gateway/key_gates.hpp"
#include "gateway/loop_policies.hpp"
#include "gateway/open_connections.hpp"
#include "gateway/rate_limiter.hpp"
#include "gateway/state.hpp"
#include "identity/key_directory.hpp"
#include "net/listener.hpp"
#include "net/loop.hpp"
#include "net/resolver.hpp"
#include "net/upstream_pool.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"
#include "usage/writer.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace aihub::tracing {
class Tracer;
}
namespace aihub::experiment {
class FeedbackWriter;
}
namespace aihub::policy {
class DecisionLane;
class DecisionLog;
}  // namespace aihub::policy

namespace aihub::gateway {

class Attempt;
struct ControlDoor;
class Pause;

// What all workers share. References outlive the workers.
struct Services {
    const Clock& clock;
    telemetry::Log& log;
    telemetry::Metrics& metrics;
    identity::KeyDirectory& keys;
    usage::Writer& usage;
    // What is missing before the process can serve, for people; empty: ready. Any thread, must not block.
    std::function<std::vector<std::string>()> missing;
    OpenConnections connections;        // of all workers
    std::atomic<std::size_t> calls{0};  // model calls that are being served by all workers
    std::atomic<bool> draining{false};
    std::atomic<bool> memory_short{false};  // near the memory limit: no new model call is taken
    KeyGates key_gates{};                   // the calls of each key
    std::atomic<std::size_t> shadow_calls{0};
    std::atomic<std::size_t> body_bytes{0};   // of request bodies that are held, see HeldMemory
    std::atomic<std::size_t> reply_bytes{0};  // of whole replies that are held
    tracing::Tracer* tracer = nullptr;        // null: no spans are made
    RateLimiter key_rates{};                  // requests of each key
    RateLimiter address_rates{};              // and of each client address
    // Makes states of policies in place of those that were stopped; ends before the workers do.
    OffLoop off_loop{};
    // A hook of the bundle has failed policies.failures_max times in a row on one loop. Any thread, must not block.
    std::function<void(const policy::Bundle& bundle, policy::Hook hook, const std::string& why)> policy_failing{};
    // Null: no feedback is taken.
    experiment::FeedbackWriter* feedback = nullptr;
    ControlDoor* control = nullptr;  // null: there is no management API
    // Null: what policies decide is not recorded. Outlives the workers.
    policy::DecisionLog* decisions = nullptr;
};

// A call that is being served, so that shutdown can find it.
struct ActiveCall {
    net::Connection* client = nullptr;   // outlives this; a shadow has none
    Attempt* attempt = nullptr;          // while there is one
    Attempt* second = nullptr;           // while there is one beside it
    Pause* pause = nullptr;              // while the call waits for its turn or for the next attempt
    net::Connection* control = nullptr;  // while the management API is asked
    std::optional<Errc> cancelled;       // why it was ended early

    // Ends the call: the client has gone (client_gone) or the process stops (unavailable).
    void cancel(Errc why);
};

// Made by app, one for each loop. After start() everything happens on the loop's thread, except where a function says
// any thread.
class Worker {
public:
    Worker(net::Loop& loop, Services& services, GatewayMetrics& metrics, StatePtr state);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    // Before the loop runs: accept connections on `descriptor`, which becomes ours, as the entry `place` of the
    // configuration's `listen` says.
    void listen(int descriptor, std::size_t place = 0);
    // Any thread, before drain(). The sockets given to listen().
    [[nodiscard]] std::vector<int> listening() const;
    // Any thread. New requests see `state`.
    void set_state(StatePtr state);
    // Any thread. New calls are decided by `policies`, which only this worker has; nullptr: by none.
    void set_policies(LoopPoliciesPtr policies);
    // Any thread, once. Takes what has connected and accepts no more; requests in flight go on. A connection that waits
    // for a request may do so for `idle` more: closing it at once would lose a request that is on its way. Answers
    // close their connections from now on.
    void drain(std::chrono::milliseconds idle);
    // Any thread. Ends the calls in flight, streams with an error event, and everything else that is open. A client
    // that does not take its answer is given kLastWords.
    static constexpr std::chrono::seconds kLastWords{2};
    void abort_calls();

    [[nodiscard]] net::Loop& loop() { return loop_; }
    [[nodiscard]] Services& services() { return services_; }
    [[nodiscard]] GatewayMetrics& metrics() { return metrics_; }
    [[nodiscard]] net::UpstreamPool& pool() { return pool_; }
    [[nodiscard]] const LoopStatePtr& state() const { return state_; }
    [[nodiscard]] const LoopPoliciesPtr& policies() const { return policies_; }
    // Where it records what policies decide; null: nowhere.
    [[nodiscard]] policy::DecisionLane* decisions() const { return decisions_; }
    // For choices among candidates and the length of waits.
    [[nodiscard]] Random& random() { return random_; }
    [[nodiscard]] SteadyTime now() const { return services_.clock.steady_now(); }
    // Until when a connection may wait for its next request; past it, it closes.
    [[nodiscard]] SteadyTime idle_deadline(std::chrono::milliseconds keep_alive) const {
        return std::min(now() + keep_alive, idle_latest_);
    }

    // Membership for the length of a scope: serve() holds these.
    class IdleScope;
    class ActiveScope;

private:
    friend class IdleScope;
    friend class ActiveScope;
    // A listener and the TLS that its next connections get; null: none.
    struct Door {
        std::size_t place;
        config::Listen settings;
        net::TlsAcceptorPtr tls;
        std::unique_ptr<net::Listener> listener;
    };
    void accept(net::ConnectionPtr connection, const Door& door);
    [[nodiscard]] bool is_proxy(const net::Connection& connection, const Door& door) const;
    void turn_away(net::Connection& connection, const net::TlsAcceptorPtr& tls, std::string_view why);
    net::Task<void> serve_and_count(
        net::ConnectionPtr connection, net::TlsAcceptorPtr tls, std::size_t place, bool proxied
    );
    net::Task<bool> shake_hands(net::Connection& connection, net::TlsAcceptorPtr tls);
    void renew_tls();
    void use_upstreams();

    net::Loop& loop_;
    Services& services_;
    GatewayMetrics& metrics_;
    net::Resolver resolver_;
    net::UpstreamPool pool_;
    Random random_;
    LoopStatePtr state_;
    LoopPoliciesPtr policies_;
    policy::DecisionLane* decisions_ = nullptr;  // since there are policies
    std::vector<std::unique_ptr<Door>> doors_;
    std::unordered_set<net::Connection*> open_;  // all client connections
    std::unordered_set<net::Connection*> idle_;  // those that wait for a request
    std::unordered_set<ActiveCall*> active_;
    SteadyTime idle_latest_ = SteadyTime::max();  // drain() sets it
};

// While a connection waits for its next request: drain() may close it.
class Worker::IdleScope {
public:
    IdleScope(Worker& worker, net::Connection& connection) : worker_(worker), connection_(connection) {
        worker_.idle_.insert(&connection_);
    }
    ~IdleScope() { worker_.idle_.erase(&connection_); }
    IdleScope(const IdleScope&) = delete;
    IdleScope& operator=(const IdleScope&) = delete;

private:
    Worker& worker_;
    net::Connection& connection_;
};

// While a call is served: abort_calls() finds it.
class Worker::ActiveScope {
public:
    ActiveScope(Worker& worker, ActiveCall& call) : worker_(worker), call_(call) { worker_.active_.insert(&call_); }
    ~ActiveScope() { worker_.active_.erase(&call_); }
    ActiveScope(const ActiveScope&) = delete;
    ActiveScope& operator=(const ActiveScope&) = delete;

private:
    Worker& worker_;
    ActiveCall& call_;
};

}  // namespace aihub::gateway
