#include "net/resolver.hpp"

#include <arpa/inet.h>

#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <cstring>
#include <unordered_map>

#include "net/engine.hpp"

namespace aihub::net {

namespace {

using Tcp = boost::asio::ip::tcp;

struct Lookup {
    Tcp::resolver& resolver;
    std::string host;
    std::string service;
    boost::system::error_code error;
    std::vector<Address> found;

    [[nodiscard]] bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> handle) {
        resolver.async_resolve(
            host,
            service,
            Tcp::resolver::numeric_service,
            [this, handle](const boost::system::error_code& code, const Tcp::resolver::results_type& results) {
                error = code;
                for (const auto& entry : results) {
                    Address address;
                    address.size = static_cast<socklen_t>(entry.endpoint().size());
                    std::memcpy(&address.storage, entry.endpoint().data(), entry.endpoint().size());
                    found.push_back(address);
                }
                handle.resume();
            }
        );
    }
    void await_resume() const {}
};

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

struct Resolver::State {
    struct Kept {
        std::vector<Address> addresses;
        SteadyTime until;
    };
    Loop& loop;
    Tcp::resolver resolver;
    std::unordered_map<std::string, Kept> kept;

    explicit State(Loop& owner) : loop(owner), resolver(owner.engine().io) {}
};

Resolver::Resolver(Loop& loop) : state_(std::make_unique<State>(loop)) {}

Resolver::~Resolver() = default;

Task<Result<std::vector<Address>>> Resolver::resolve(std::string host, std::uint16_t port) {
    if (auto address = Address::parse(host, port)) {
        co_return std::vector<Address>{*address};
    }
    State& state = *state_;
    const auto service = std::to_string(port);
    const auto name = host + ":" + service;
    const auto known = state.kept.find(name);
    if (known != state.kept.end() && known->second.until > state.loop.now()) {
        co_return known->second.addresses;
    }
    Lookup lookup{state.resolver, host, service, {}, {}};
    co_await lookup;
    if (lookup.error || lookup.found.empty()) {
        co_return Error{Errc::unavailable, "cannot resolve the host name " + host + ": " + lookup.error.message()};
    }
    if (state.kept.size() >= kNamesMax) {
        state.kept.clear();
    }
    state.kept[name] = {lookup.found, state.loop.now() + kKeep};
    co_return std::move(lookup.found);
}

}  // namespace aihub::net
