// Opens connections to upstreams.
#pragma once

#include "base/result.hpp"
#include "net/connection.hpp"
#include "net/resolver.hpp"
#include "net/task.hpp"

#include <memory>

namespace aihub::net {

struct Upstream;
class TlsTickets;

// Looks the name up, races its addresses (RFC 8305: the families take turns, and the next one starts when the one
// before it has failed or `attempt_delay` has passed), goes through the upstream's proxy, does TLS. This is the one
// place where a connection begins, and each address is judged here as it is connected to. Belongs to its loop.
class Connector {
public:
    Connector(Loop& loop, Resolver& resolver) : loop_(loop), resolver_(resolver) {}

    // `tickets` outlives the connection's handshake and first reads; may be null. unavailable or upstream_timeout; the
    // message names host and reason.
    [[nodiscard]] Task<Result<ConnectionPtr>> connect(
        std::shared_ptr<const Upstream> upstream, std::shared_ptr<TlsTickets> tickets, SteadyTime deadline
    );

private:
    struct Race;
    struct Finish;
    Task<Result<ConnectionPtr>> reach(const Upstream& upstream, SteadyTime deadline);
    static Task<void> run(std::shared_ptr<Race> race, Address address);
    static void start_next(const std::shared_ptr<Race>& race);

    Loop& loop_;
    Resolver& resolver_;
};

}  // namespace aihub::net
