#include "net/resolver.hpp"

#include "net/engine.hpp"

#include <arpa/inet.h>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <cstring>
#include <unordered_map>

namespace aihub::net {

namespace {

using Tcp = boost::asio::ip::tcp;

}  // namespace

std::string Address::text() const {
    std::array<char, INET6_ADDRSTRLEN> buffer{};
    if (storage.ss_family == AF_INET6) {
        const auto& six = reinterpret_cast<const sockaddr_in6&>(storage);
        inet_ntop(AF_INET6, &six.sin6_addr, buffer.data(), buffer.size());
        return "[" + std::string(buffer.data()) + "]:" + std::to_string(port());
    }
    const auto& four = reinterpret_cast<const sockaddr_in&>(storage);
    inet_ntop(AF_INET, &four.sin_addr, buffer.data(), buffer.size());
    return std::string(buffer.data()) + ":" + std::to_string(port());
}

std::uint16_t Address::port() const {
    // The port stands at the same place in both families.
    return ntohs(reinterpret_cast<const sockaddr_in&>(storage).sin_port);
}

Result<Address> Address::parse(const std::string& address, std::uint16_t port) {
    Address result;
    auto& four = reinterpret_cast<sockaddr_in&>(result.storage);
    if (inet_pton(AF_INET, address.c_str(), &four.sin_addr) == 1) {
        four.sin_family = AF_INET;
        four.sin_port = htons(port);
        result.size = sizeof(sockaddr_in);
        return result;
    }
    auto& six = reinterpret_cast<sockaddr_in6&>(result.storage);
    if (inet_pton(AF_INET6, address.c_str(), &six.sin6_addr) == 1) {
        six.sin6_family = AF_INET6;
        six.sin6_port = htons(port);
        result.size = sizeof(sockaddr_in6);
        return result;
    }
    return Error{Errc::invalid_request, "\"" + address + "\" is not an IP address"};
}

struct Resolver::State : std::enable_shared_from_this<Resolver::State> {
    using Addresses = Result<std::vector<Address>>;

    struct Kept {
        Addresses answer;
        SteadyTime until;
    };
    // A caller that waits, in its coroutine's frame.
    struct Waiter {
        std::coroutine_handle<> handle;
        std::uint64_t timer = 0;
    };

    Loop& loop;
    Tcp::resolver resolver;
    std::unordered_map<std::string, Kept> kept;
    std::unordered_map<std::string, std::vector<Waiter*>> pending;

    explicit State(Loop& owner) : loop(owner), resolver(owner.engine().io) {}

    void look_up(const std::string& name, const std::string& host, const std::string& service) {
        resolver.async_resolve(
            host,
            service,
            Tcp::resolver::numeric_service,
            [weak = weak_from_this(),
             name,
             host](const boost::system::error_code& error, const Tcp::resolver::results_type& results) {
                if (const auto self = weak.lock()) {
                    self->take(name, host, error, results);
                }
            }
        );
    }

    void take(
        const std::string& name,
        const std::string& host,
        const boost::system::error_code& error,
        const Tcp::resolver::results_type& results
    ) {
        std::vector<Address> found;
        for (const auto& entry : results) {
            Address address;
            address.size = static_cast<socklen_t>(entry.endpoint().size());
            std::memcpy(&address.storage, entry.endpoint().data(), entry.endpoint().size());
            found.push_back(address);
        }
        if (kept.size() >= kNamesMax) {
            kept.clear();
        }
        const bool good = !error && !found.empty();
        const auto until = loop.now() + (good ? kKeep : kKeepFailure);
        Addresses answer = Error{Errc::unavailable, "cannot resolve the host name " + host + ": " + error.message()};
        if (good) {
            answer = std::move(found);
        }
        kept.insert_or_assign(name, Kept{std::move(answer), until});
        auto waiters = std::move(pending.extract(name).mapped());
        for (auto* waiter : waiters) {
            loop.cancel_timer(waiter->timer);
            loop.post([handle = waiter->handle] { handle.resume(); });
        }
    }

    // True: `waiter` is taken out and will not be resumed by take().
    bool leave(const std::string& name, Waiter* waiter) {
        const auto found = pending.find(name);
        return found != pending.end() && std::erase(found->second, waiter) > 0;
    }
};

// Waits for the answer to a look-up, or for the deadline.
struct Resolver::Answer {
    State& state;
    const std::string& name;
    SteadyTime deadline;
    State::Waiter waiter = {};

    [[nodiscard]] bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> handle) {
        waiter.handle = handle;
        state.pending[name].push_back(&waiter);
        waiter.timer = state.loop.start_timer(deadline - state.loop.now(), [this] {
            if (state.leave(name, &waiter)) {
                waiter.handle.resume();
            }
        });
    }
    void await_resume() const {}
};

Resolver::Resolver(Loop& loop) : state_(std::make_shared<State>(loop)) {}

Resolver::~Resolver() = default;

Task<Result<std::vector<Address>>> Resolver::resolve(std::string host, std::uint16_t port, SteadyTime deadline) {
    if (auto address = Address::parse(host, port)) {
        co_return std::vector<Address>{*address};
    }
    State& state = *state_;
    const auto service = std::to_string(port);
    const auto name = host + ":" + service;
    auto known = state.kept.find(name);
    if (known == state.kept.end() || known->second.until <= state.loop.now()) {
        if (!state.pending.contains(name)) {
            state.pending[name] = {};
            state.look_up(name, host, service);
        }
        Answer answer{state, name, deadline};
        co_await answer;
        known = state.kept.find(name);
    }
    if (known == state.kept.end() || known->second.until <= state.loop.now()) {
        co_return Error{Errc::upstream_timeout, "looking up the host name " + host + " took too long"};
    }
    co_return known->second.answer;
}

}  // namespace aihub::net
