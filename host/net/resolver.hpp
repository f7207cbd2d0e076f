// Host names to addresses, without blocking the loop.
#pragma once

#include "base/result.hpp"
#include "net/address.hpp"
#include "net/loop.hpp"
#include "net/task.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace aihub::net {

struct ResolverOptions {
    std::vector<std::string> servers = {};         // "192.0.2.1" or "192.0.2.1:5353"; empty: the system's
    std::chrono::milliseconds timeout{2000};       // of one question; it is asked twice
    std::chrono::milliseconds ttl_min{1000};       // an answer counts for its time to live, but not less
    std::chrono::milliseconds ttl_max{3600000};    // and not more
    std::chrono::milliseconds negative_ttl{1000};  // how long a failure counts
    std::chrono::milliseconds stale_max{3600000};  // an old answer serves this long while no server answers

    bool operator==(const ResolverOptions&) const = default;
};

// One for each loop; belongs to its thread. Looks into /etc/hosts, then asks the name servers for both families. Keeps
// at most kNamesMax names. Callers that ask for a name while it is looked up share the answer. When no server answers
// (RFC 8767), an answer that has run out serves on: after kStaleWait, and at once until the next try. A server's word
// that there is no such name is believed.
class Resolver {
public:
    static constexpr std::size_t kNamesMax = 1024;
    static constexpr std::chrono::milliseconds kStaleWait{300};

    explicit Resolver(Loop& loop, ResolverOptions options = {});
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    // Counts for the next look-ups; the system's settings are read again with it. What is known stays known.
    void configure(ResolverOptions options);

    // At least one address, in the order to be tried. unavailable when the name does not resolve, upstream_timeout when
    // that is not known by `deadline`.
    Task<Result<std::vector<Address>>> resolve(std::string host, std::uint16_t port, SteadyTime deadline);

private:
    struct State;
    struct Answer;
    Loop& loop_;
    std::shared_ptr<State> state_;
};

}  // namespace aihub::net
