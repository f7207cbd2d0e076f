#include "net/upstream.hpp"

#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace aihub::net {

namespace {

constexpr std::chrono::seconds kSweep{1};

}  // namespace

Result<Upstream> Upstream::parse(std::string_view base_url) {
    Upstream upstream;
    const auto bad = [&](std::string_view why) {
        return Error{Errc::invalid_request, "the base URL " + std::string(base_url) + " " + std::string(why)};
    };
    std::string_view rest = base_url;
    if (rest.starts_with("https://")) {
        upstream.tls = true;
        rest.remove_prefix(8);
    } else if (rest.starts_with("http://")) {
        rest.remove_prefix(7);
    } else {
        return bad("must begin with http:// or https://");
    }
    const auto slash = std::min(rest.find('/'), rest.size());
    upstream.authority = rest.substr(0, slash);
    upstream.base_path = rest.substr(slash);
    while (upstream.base_path.ends_with('/')) {
        upstream.base_path.pop_back();
    }
    if (upstream.authority.empty() || upstream.authority.find('@') != std::string::npos) {
        return bad("must have a host and no user name");
    }
    std::string_view host = upstream.authority;
    std::string_view port;
    const auto bracket = host.rfind(']');
    const auto colon = host.rfind(':');
    if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
        port = host.substr(colon + 1);
        host = host.substr(0, colon);
    }
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    }
    if (host.empty() || host.find_first_of("[]") != std::string_view::npos) {
        return bad("must have a host");
    }
    upstream.host = host;
    upstream.port = upstream.tls ? 443 : 80;
    if (!port.empty()) {
        const auto parsed = std::from_chars(port.data(), port.data() + port.size(), upstream.port);
        if (parsed.ec != std::errc() || parsed.ptr != port.data() + port.size() || upstream.port == 0) {
            return bad("has a port that is not a number from 1 to 65535");
        }
    }
    return upstream;
}

UpstreamLease& UpstreamLease::operator=(UpstreamLease&& other) noexcept {
    std::swap(pool_, other.pool_);
    std::swap(upstream_, other.upstream_);
    std::swap(connection_, other.connection_);
    std::swap(reused_, other.reused_);
    return *this;
}

UpstreamLease::~UpstreamLease() {
    if (connection_) {
        connection_->close();
    }
}

void UpstreamLease::give_back() {
    pool_->keep(upstream_, std::move(connection_));
}

UpstreamPool::UpstreamPool(Loop& loop, Resolver& resolver) : loop_(loop), resolver_(resolver) {}

Task<Result<UpstreamLease>> UpstreamPool::acquire(UpstreamPtr upstream, SteadyTime deadline, Reuse reuse) {
    const auto found = kept_.find(upstream.get());
    if (found != kept_.end() && reuse == Reuse::allowed) {
        auto& idle = found->second.idle;
        while (!idle.empty()) {
            // The newest first: the oldest may then age out when load goes down.
            auto connection = std::move(idle.back().connection);
            idle.pop_back();
            if (connection->quiet()) {
                co_return UpstreamLease(*this, std::move(upstream), std::move(connection), true);
            }
        }
    }
    AIHUB_CO_TRY(auto connection, co_await connect(upstream, deadline));
    co_return UpstreamLease(*this, std::move(upstream), std::move(connection), false);
}

Task<Result<ConnectionPtr>> UpstreamPool::connect(UpstreamPtr upstream, SteadyTime deadline) {
    deadline = std::min(deadline, loop_.now() + upstream->connect_timeout);
    AIHUB_CO_TRY(const auto addresses, co_await resolver_.resolve(upstream->host, upstream->port, deadline));
    Error last{Errc::unavailable, "no address"};
    for (std::size_t i = 0; i < addresses.size() && loop_.now() < deadline; ++i) {
        // An address that swallows packets must leave time for the others.
        const auto now = loop_.now();
        const auto share = (deadline - now) / static_cast<std::int64_t>(addresses.size() - i);
        auto connection = co_await connect_to(upstream, addresses[i], now + share);
        if (connection) {
            co_return std::move(connection);
        }
        last = std::move(connection).error();
    }
    co_return Error{last.code, "cannot connect to " + upstream->authority + ": " + last.message};
}

Task<Result<ConnectionPtr>> UpstreamPool::connect_to(UpstreamPtr upstream, Address address, SteadyTime deadline) {
    const int descriptor = ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        co_return Error{Errc::unavailable, std::string("cannot make a socket: ") + std::strerror(errno)};
    }
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    const int started = ::connect(descriptor, address.get(), address.size);
    if (started != 0 && errno != EINPROGRESS) {
        const int error = errno;
        ::close(descriptor);
        co_return Error{Errc::unavailable, std::strerror(error)};
    }
    auto connection = std::make_shared<Connection>(loop_, descriptor);
    connection->set_deadline(deadline, Errc::upstream_timeout);
    AIHUB_CO_CHECK(co_await connection->connected());
    if (upstream->tls) {
        AIHUB_CO_TRY(auto session, upstream->tls_context->open(descriptor, upstream->host));
        AIHUB_CO_CHECK(co_await connection->handshake(std::move(session)));
    }
    connection->clear_deadline();
    co_return std::move(connection);
}

void UpstreamPool::keep(const UpstreamPtr& upstream, ConnectionPtr connection) {
    auto& kept = kept_[upstream.get()];
    kept.upstream = upstream;
    if (kept.idle.size() >= upstream->idle_max || !connection->open()) {
        connection->close();
        return;
    }
    connection->clear_deadline();
    kept.idle.push_back({std::move(connection), loop_.now() + upstream->keep_alive});
    arm_sweep();
}

void UpstreamPool::arm_sweep() {
    if (sweep_armed_) {
        return;
    }
    sweep_armed_ = true;
    loop_.start_timer(kSweep, [this] {
        sweep_armed_ = false;
        sweep();
    });
}

// Closes what is too old and what the peer has closed meanwhile.
void UpstreamPool::sweep() {
    const auto now = loop_.now();
    for (auto at = kept_.begin(); at != kept_.end();) {
        std::erase_if(at->second.idle, [&](const Idle& idle) {
            const bool stale = idle.until <= now || !idle.connection->quiet();
            if (stale) {
                idle.connection->close();
            }
            return stale;
        });
        at = at->second.idle.empty() ? kept_.erase(at) : std::next(at);
    }
    if (!kept_.empty()) {
        arm_sweep();
    }
}

void UpstreamPool::close_idle() {
    for (auto& [upstream, kept] : kept_) {
        for (auto& idle : kept.idle) {
            idle.connection->close();
        }
    }
    kept_.clear();
}

std::size_t UpstreamPool::idle() const {
    std::size_t count = 0;
    for (const auto& [upstream, kept] : kept_) {
        count += kept.idle.size();
    }
    return count;
}

}  // namespace aihub::net
