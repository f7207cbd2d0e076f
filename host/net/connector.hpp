// Opens connections to upstreams.
#pragma once

#include "base/result.hpp"
#include "net/address.hpp"
#include "net/connection.hpp"
#include "net/resolver.hpp"
#include "net/task.hpp"

#include <memory>
#include <vector>

namespace aihub::net {

struct Upstream;
class TlsTickets;

// Looks the name up, races its addresses (RFC 8305: the families take turns, and the next one starts when the one
// before it has failed or `attempt_delay` has passed), goes through the upstream's proxy, does TLS. A host that is
// connected but does not complete the handshake (it closes, or keeps silent for half of the time that is left) is left
// for the next address. A certificate that is not trusted ends all: going on would hide that somebody else answers.
// This is the one place where a connection begins, and each address is judged here as it is connected to. Belongs to
// its loop.
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
    Task<Result<ConnectionPtr>> reach(
        const Upstream& upstream, std::vector<Address> addresses, SteadyTime deadline, Address& reached
    );
    static Task<Result<void>> encrypt(
        const Upstream& upstream, Connection& connection, std::shared_ptr<TlsTickets> tickets, SteadyTime deadline
    );
    Task<Result<ConnectionPtr>> connect_any(
        const Upstream& upstream, const std::shared_ptr<TlsTickets>& tickets, SteadyTime deadline
    );
    static Task<void> run(std::shared_ptr<Race> race, Address address);
    static void start_next(const std::shared_ptr<Race>& race);

    Loop& loop_;
    Resolver& resolver_;
};

}  // namespace aihub::net
