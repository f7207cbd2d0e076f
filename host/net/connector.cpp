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
    } else {
        race->last = connected.error();
        start_next(race);
    }
    race->settle();
}

Task<Result<ConnectionPtr>> Connector::reach(const Upstream& upstream, SteadyTime deadline) {
    const auto& host = upstream.proxy ? upstream.proxy->host : upstream.host;
    const auto port = upstream.proxy ? upstream.proxy->port : upstream.port;
    AIHUB_CO_TRY(const auto addresses, co_await resolver_.resolve(host, port, deadline));
    const auto race =
        std::shared_ptr<Race>(new Race{loop_, &upstream, interleaved(addresses), deadline, upstream.attempt_delay});
    start_next(race);
    co_await Finish{*race};
    race->upstream = nullptr;
    for (const auto& loser : std::exchange(race->running, {})) {
        loser->abort(Errc::unavailable);
    }
    if (!race->winner) {
        co_return race->last;
    }
    co_return std::move(race->winner);
}

Task<Result<ConnectionPtr>> Connector::connect(
    std::shared_ptr<const Upstream> upstream, std::shared_ptr<TlsTickets> tickets, SteadyTime deadline
) {
    const std::string where = "cannot connect to " + upstream->authority +
                              (upstream->proxy ? " through the proxy " + upstream->proxy->authority() : std::string()) +
                              ": ";
    const auto told = [&](const Error& error) { return Error{error.code, where + error.message}; };
    auto reached = co_await reach(*upstream, deadline);
    if (!reached) {
        co_return told(reached.error());
    }
    auto connection = *std::move(reached);
    connection->set_deadline(deadline, Errc::upstream_timeout);
    if (upstream->tls) {
        if (upstream->proxy) {
            auto opened = co_await open_tunnel(*connection, *upstream->proxy, upstream->host_and_port());
            if (!opened) {
                co_return told(opened.error());
            }
        }
        auto session = upstream->tls_context->open(connection->descriptor(), upstream->host, std::move(tickets));
        if (!session) {
            co_return told(session.error());
        }
        auto shaken = co_await connection->handshake(*std::move(session));
        if (!shaken) {
            co_return told(shaken.error());
        }
    }
    connection->clear_deadline();
    co_return std::move(connection);
}

}  // namespace aihub::net
