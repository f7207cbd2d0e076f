#include "gateway/worker.hpp"

#include "gateway/attempt.hpp"
#include "gateway/client_address.hpp"
#include "gateway/pause.hpp"
#include "gateway/refusal.hpp"
#include "gateway/serve.hpp"
#include "policy/decision_log.hpp"

#include <array>
#include <random>

namespace aihub::gateway {

void ActiveCall::cancel(Errc why) {
    if (cancelled && (*cancelled != Errc::client_gone || attempt == nullptr || !attempt->outlives_client())) {
        return;
    }
    cancelled = cancelled.value_or(why);
    if (attempt != nullptr) {
        attempt->cancel(why);
    }
    if (second != nullptr) {
        second->cancel(why);
    }
    if (pause != nullptr) {
        pause->cancel();
    }
    if (control != nullptr) {
        control->abort(why);
    }
}

Worker::Worker(net::Loop& loop, Services& services, GatewayMetrics& metrics, StatePtr state)
    : loop_(loop),
      services_(services),
      metrics_(metrics),
      resolver_(loop, resolver_options(*state->config)),
      pool_(loop, resolver_),
      random_(std::random_device()()),
      state_(std::make_shared<const LoopState>(LoopState{std::move(state)})) {
    loop_.post([this] { use_upstreams(); });
}

Worker::~Worker() = default;

void Worker::listen(int descriptor, std::size_t place) {
    const auto& state = *state_->shared;
    auto& door = *doors_.emplace_back(std::make_unique<Door>());
    door.place = place;
    if (place < state.acceptors.size()) {
        door.settings = state.config->listen[place];
        door.tls = state.acceptors[place];
    }
    net::Listener::Handlers handlers;
    handlers.accepted = [this, &door](net::ConnectionPtr connection) { accept(std::move(connection), door); };
    handlers.full = [this, &door](net::Connection& connection) {
        turn_away(connection, door.tls, "the gateway is out of file descriptors or memory");
    };
    handlers.paused = [this] {
        metrics_.accept_pauses.add();
        services_.log.warn(
            "accepting connections is paused: out of file descriptors or memory",
            {{"connections", static_cast<std::uint64_t>(services_.connections.count())}}
        );
    };
    door.listener = std::make_unique<net::Listener>(loop_, descriptor, std::move(handlers));
    door.listener->start();
}

std::vector<int> Worker::listening() const {
    std::vector<int> descriptors;
    for (const auto& door : doors_) {
        descriptors.push_back(door->listener->descriptor());
    }
    return descriptors;
}

bool Worker::is_proxy(const net::Connection& connection, const Door& door) const {
    const auto& listens = state_->shared->config->listen;
    return door.place < listens.size() && !listens[door.place].trusted_proxies.empty() &&
           is_trusted(address_of(connection.peer()), listens[door.place]);
}

void Worker::accept(net::ConnectionPtr connection, const Door& door) {
    const auto& limits = state_->shared->config->limits;
    const auto& tls = door.tls;
    // A proxy's connections are those of many clients, whose calls are counted instead: see client_share().
    const bool proxied = is_proxy(*connection, door);
    const auto of_address = proxied ? limits.connections_max : limits.connections_per_address_max;
    switch (services_.connections.add(connection->peer(), {limits.connections_max, of_address})) {
        case OpenConnections::Entry::taken:
            net::spawn(serve_and_count(std::move(connection), tls, door.place, proxied));
            break;
        case OpenConnections::Entry::too_many:
            turn_away(*connection, tls, "the gateway has as many connections as it may (limits.connections_max)");
            break;
        case OpenConnections::Entry::too_many_of_address:
            turn_away(
                *connection,
                tls,
                "the gateway has as many connections from this address as it may (limits.connections_per_address_max)"
            );
            break;
    }
}

// Before a request was read: whoever does not take the answer at once does not get it. With TLS there is no answer: it
// would cost a handshake.
void Worker::turn_away(net::Connection& connection, const net::TlsAcceptorPtr& tls, std::string_view why) {
    metrics_.refused_connections.add();
    if (tls) {
        return;
    }
    const auto refusal = refusal_of(Error{Errc::unavailable, std::string(why) + "; try again", "overloaded", {}});
    const auto head =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 1\r\n"
        "Connection: close\r\nContent-Length: " +
        std::to_string(refusal.body.size()) + "\r\n\r\n";
    const std::array<std::string_view, 2> parts{head, refusal.body};
    connection.send_now(parts);
}

void Worker::use_upstreams() {
    std::vector<net::UpstreamPtr> upstreams;
    for (const auto& [name, outlet] : state_->shared->outlets) {
        if (outlet.upstream) {
            upstreams.push_back(outlet.upstream);
        }
    }
    pool_.use(upstreams);
}

// New connections get the certificates of the new state. A listener that the configuration moved or made plain stays
// as it is until the restart.
void Worker::renew_tls() {
    const auto& state = *state_->shared;
    for (const auto& door : doors_) {
        if (!door->tls || door->place >= state.acceptors.size() || !state.acceptors[door->place]) {
            continue;
        }
        const auto& now = state.config->listen[door->place];
        if (now.address == door->settings.address && now.port == door->settings.port) {
            door->tls = state.acceptors[door->place];
        }
    }
}

// True: what follows is encrypted.
net::Task<bool> Worker::shake_hands(net::Connection& connection, net::TlsAcceptorPtr tls) {
    auto session = tls->open(connection.descriptor());
    Result<void> shaken;
    if (session) {
        connection.set_deadline(now() + state_->shared->config->timeouts.tls_handshake, Errc::request_timeout);
        shaken = co_await connection.handshake(*std::move(session));
        connection.clear_deadline();
    } else {
        shaken = session.error();
    }
    if (!shaken) {
        metrics_.failed_handshakes.add();
        services_.log.debug(
            "a TLS handshake failed", {{"peer", connection.peer()}, {"reason", shaken.error().message}}
        );
    }
    co_return shaken.has_value();
}

net::Task<void> Worker::serve_and_count(
    net::ConnectionPtr connection, net::TlsAcceptorPtr tls, std::size_t place, bool proxied
) {
    metrics_.open_connections.add(1);
    auto* const client = connection.get();
    const std::string peer = client->peer();
    open_.insert(client);
    bool usable = true;
    if (tls) {
        usable = co_await shake_hands(*client, std::move(tls));
    }
    if (usable) {
        co_await serve_connection(*this, std::move(connection), place, proxied);
    }
    connection.reset();
    open_.erase(client);
    metrics_.open_connections.add(-1);
    services_.connections.remove(peer);
}

void Worker::set_state(StatePtr state) {
    loop_.post([this, state = std::move(state)] {
        state_ = std::make_shared<const LoopState>(LoopState{state});
        renew_tls();
        resolver_.configure(resolver_options(*state->config));
        use_upstreams();
    });
}

void Worker::set_policies(LoopPoliciesPtr policies) {
    if (services_.decisions != nullptr && policies != nullptr && recorded_values(*policies->set) > 0) {
        services_.decisions->set_values(recorded_values(*policies->set), policies->set->values);
    }
    loop_.post([this, policies = std::move(policies)]() mutable {
        policies_ = std::move(policies);
        if (decisions_ == nullptr && services_.decisions != nullptr) {
            decisions_ = &services_.decisions->lane();
        }
    });
}

void Worker::drain(std::chrono::milliseconds idle) {
    loop_.post([this, idle] {
        for (const auto& door : doors_) {
            door->listener->accept_rest();
            door->listener->stop();
        }
        idle_latest_ = now() + idle;
        for (auto* connection : idle_) {
            connection->set_read_deadline(
                idle_deadline(state_->shared->config->timeouts.keep_alive), Errc::unavailable
            );
        }
        pool_.close_idle();
    });
}

void Worker::abort_calls() {
    loop_.post([this] {
        auto others = open_;
        for (auto* call : active_) {
            if (call->client != nullptr) {
                others.erase(call->client);
                call->client->set_deadline(now() + kLastWords, Errc::client_gone);
            }
            call->cancel(Errc::unavailable);
        }
        for (auto* connection : others) {
            connection->abort(Errc::unavailable);
        }
    });
}

}  // namespace aihub::gateway
