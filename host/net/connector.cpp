#include "net/connector.hpp"

#include "net/tls.hpp"
#include "net/upstream.hpp"

#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace aihub::net {

namespace {

// Families in turn, beginning with that of the first (RFC 8305 section 4).
std::vector<Address> interleaved(const std::vector<Address>& addresses) {
    std::vector<Address> first;
    std::vector<Address> second;
    for (const auto& address : addresses) {
        const bool same = address.storage.ss_family == addresses.front().storage.ss_family;
        (same ? first : second).push_back(address);
    }
    std::vector<Address> turns;
    for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
        for (const auto* family : {&first, &second}) {
            if (i < family->size()) {
                turns.push_back((*family)[i]);
            }
        }
    }
    return turns;
}

Result<int> start_connecting(const Address& address) {
    const int descriptor = ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return Error{Errc::unavailable, std::string("cannot make a socket: ") + std::strerror(errno)};
    }
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (::connect(descriptor, address.get(), address.size) != 0 && errno != EINPROGRESS) {
        const int error = errno;
        ::close(descriptor);
        return Error{Errc::unavailable, std::strerror(error)};
    }
    return descriptor;
}

}  // namespace

// Attempts at the addresses of one upstream. Shared by them: some may end after the race is over.
struct Connector::Race {
    Loop& loop;
    const Upstream* upstream;  // null once the race is over
    std::vector<Address> addresses;
    SteadyTime deadline;
    std::chrono::milliseconds attempt_delay;
    std::size_t next = 0;  // the first address that was not tried
    std::vector<ConnectionPtr> running = {};
    ConnectionPtr winner = {};
    Address won_at = {};
    Error last{Errc::unavailable, "no address"};
    std::uint64_t timer = 0;
    std::coroutine_handle<> waiting = {};

    // Whether there is nothing more to wait for.
    [[nodiscard]] bool over() const { return winner || (running.empty() && next == addresses.size()); }
    void settle() {
        if (over() && waiting) {
            loop.cancel_timer(timer);
            loop.post([handle = std::exchange(waiting, nullptr)] { handle.resume(); });
        }
    }
};

// Waits for the end of the race.
struct Connector::Finish {
    Race& race;
    [[nodiscard]] bool await_ready() const { return race.over(); }
    void await_suspend(std::coroutine_handle<> handle) const { race.waiting = handle; }
    void await_resume() const {}
};

// Starts attempts until one is under way.
void Connector::start_next(const std::shared_ptr<Race>& race) {
    race->loop.cancel_timer(std::exchange(race->timer, 0));
    while (race->upstream != nullptr && !race->winner && race->next < race->addresses.size()) {
        const auto running = race->running.size();
        spawn(run(race, race->addresses[race->next++]));
        if (race->running.size() > running) {
            break;
        }
    }
    if (race->upstream != nullptr && !race->over() && race->next < race->addresses.size()) {
        race->timer = race->loop.start_timer(race->attempt_delay, [race] { start_next(race); });
    }
}

Task<void> Connector::run(std::shared_ptr<Race> race, Address address) {
    Result<void> allowed = race->upstream->may_connect(address);
    auto descriptor = allowed ? start_connecting(address) : Result<int>(allowed.error());
    if (!descriptor) {
        race->last = descriptor.error();
        race->settle();
        co_return;
    }
    auto connection = std::make_shared<Connection>(race->loop, *descriptor);
    race->running.push_back(connection);
    connection->set_deadline(race->deadline, Errc::upstream_timeout);
    const auto connected = co_await connection->connected();
    std::erase(race->running, connection);
    if (race->upstream == nullptr || race->winner) {
        connection->close();
        co_return;
    }
    if (connected) {
        race->winner = std::move(connection);
        race->won_at = address;
    } else {
        race->last = connected.error();
        start_next(race);
    }
    race->settle();
}

// `reached`: the address that the connection leads to.
Task<Result<ConnectionPtr>> Connector::reach(
    const Upstream& upstream, std::vector<Address> addresses, SteadyTime deadline, Address& reached
) {
    const auto race =
        std::shared_ptr<Race>(new Race{loop_, &upstream, std::move(addresses), deadline, upstream.attempt_delay});
    start_next(race);
    co_await Finish{*race};
    race->upstream = nullptr;
    for (const auto& loser : std::exchange(race->running, {})) {
        loser->abort(Errc::unavailable);
    }
    if (!race->winner) {
        co_return race->last;
    }
    reached = race->won_at;
    co_return std::move(race->winner);
}

// Until `deadline`.
Task<Result<void>> Connector::encrypt(
    const Upstream& upstream, Connection& connection, std::shared_ptr<TlsTickets> tickets, SteadyTime deadline
) {
    connection.set_deadline(deadline, Errc::upstream_timeout);
    if (upstream.proxy) {
        AIHUB_CO_CHECK(co_await open_tunnel(connection, *upstream.proxy, upstream.host_and_port()));
    }
    AIHUB_CO_TRY(auto session, upstream.tls_context->open(connection.descriptor(), upstream.host, std::move(tickets)));
    co_return co_await connection.handshake(std::move(session));
}

Task<Result<ConnectionPtr>> Connector::connect_any(
    const Upstream& upstream, const std::shared_ptr<TlsTickets>& tickets, SteadyTime deadline
) {
    const auto& host = upstream.proxy ? upstream.proxy->host : upstream.host;
    const auto port = upstream.proxy ? upstream.proxy->port : upstream.port;
    AIHUB_CO_TRY(const auto addresses, co_await resolver_.resolve(host, port, deadline));
    auto left = interleaved(addresses);
    for (;;) {
        Address reached;
        AIHUB_CO_TRY(auto connection, co_await reach(upstream, left, deadline, reached));
        if (!upstream.tls) {
            connection->clear_deadline();
            co_return std::move(connection);
        }
        std::erase_if(left, [&](const Address& one) { return one.text() == reached.text(); });
        // What fails behind a proxy is not the fault of the proxy's address.
        const bool last = left.empty() || upstream.proxy.has_value();
        const auto now = loop_.now();
        const auto latest = last ? deadline : now + (deadline - now) / 2;
        const auto encrypted = co_await encrypt(upstream, *connection, tickets, latest);
        if (encrypted) {
            connection->clear_deadline();
            co_return std::move(connection);
        }
        if (last || encrypted.error().reason == kUntrusted) {
            co_return encrypted.error();
        }
        connection->close();
    }
}

Task<Result<ConnectionPtr>> Connector::connect(
    std::shared_ptr<const Upstream> upstream, std::shared_ptr<TlsTickets> tickets, SteadyTime deadline
) {
    auto made = co_await connect_any(*upstream, tickets, deadline);
    if (made) {
        co_return std::move(*made);
    }
    const std::string by = upstream->proxy ? " through the proxy " + upstream->proxy->authority() : std::string();
    co_return Error{made.error().code, "cannot connect to " + upstream->authority + by + ": " + made.error().message};
}

}  // namespace aihub::net
