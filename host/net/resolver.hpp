// Host names to addresses, without blocking the loop.
#pragma once

#include "base/result.hpp"
#include "net/loop.hpp"
#include "net/task.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace aihub::net {

// A socket address, IPv4 or IPv6.
struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;

    [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
    // "127.0.0.1:8080" or "[::1]:8080".
    [[nodiscard]] std::string text() const;
    [[nodiscard]] std::uint16_t port() const;
    // From text like "127.0.0.1" or "::1".
    static Result<Address> parse(const std::string& address, std::uint16_t port);
};

// One for each loop; belongs to its thread. Names are looked up by the system's resolver on a thread of Asio's; answers
// are kept for kKeep, because that resolver does not tell their time to live, failures for kKeepFailure, and at most
// kNamesMax of both. Callers that ask for a name while it is looked up share the answer.
class Resolver {
public:
    static constexpr std::chrono::seconds kKeep{30};
    static constexpr std::chrono::seconds kKeepFailure{1};
    static constexpr std::size_t kNamesMax = 1024;

    explicit Resolver(Loop& loop);
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    // At least one address, in the order to be tried. unavailable when the name does not resolve, upstream_timeout when
    // that is not known by `deadline`.
    Task<Result<std::vector<Address>>> resolve(std::string host, std::uint16_t port, SteadyTime deadline);

private:
    struct State;
    struct Answer;
    std::shared_ptr<State> state_;
};

}  // namespace aihub::net
