// Where requests go.
#pragma once

#include "base/result.hpp"
#include "net/address.hpp"
#include "net/http_proxy.hpp"
#include "net/tls.hpp"
#include "telemetry/metrics.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace aihub::net {

// Whether an upstream may be reached at addresses that are not public. automatic: those that the operator wrote, as an
// address or as "localhost", but not those that a name turns out to have, and never link-local and metadata addresses.
enum class PrivateNetwork { automatic, allow, deny };

// A provider's address and how connections to it are made and kept. Immutable, shared by all loops.
struct Upstream {
    bool tls = false;
    std::string host;  // name or address, without brackets
    std::uint16_t port = 0;
    std::string authority;                          // value of the Host header
    std::string base_path;                          // what targets begin with: "/v1", no slash at the end; may be empty
    std::string name;                               // of the provider, for people; may be empty
    std::shared_ptr<const TlsContext> tls_context;  // when tls
    std::optional<HttpProxy> proxy = {};
    Secret proxy_header;  // a whole header line for each request; empty: none
    PrivateNetwork private_network = PrivateNetwork::automatic;
    std::chrono::milliseconds connect_timeout{5000};  // also of the wait for a free connection
    std::chrono::milliseconds attempt_delay{250};     // until the next address is tried, too
    // Of a pool's connections, for each loop. 0: no such limit.
    std::chrono::milliseconds keep_alive{55000};  // how long one is kept idle
    std::chrono::milliseconds age_max{0};         // since it was opened
    std::size_t requests_max = 0;                 // on one connection
    std::size_t connections_max = 0;              // open at a time; over it callers wait
    std::size_t idle_max = 256;                   // kept idle; more are closed. 0: none
    std::size_t warm = 0;                         // opened ahead and kept
    telemetry::Gauge* open_gauge = nullptr;       // connections of all loops; up to a second late
    telemetry::Gauge* idle_gauge = nullptr;

    // From "https://api.example.com/v1". When `tls` is set afterwards, the caller gives it a tls_context.
    static Result<Upstream> parse(std::string_view base_url);
    // Sends requests through `by`. After parse().
    void use_proxy(HttpProxy by);

    // Whether a connection may be made to `address`, to which `host` was resolved. The message says what to set.
    [[nodiscard]] Result<void> may_connect(const Address& address) const;
    // "api.example.com:443", with brackets where they are needed.
    [[nodiscard]] std::string host_and_port() const;
};

using UpstreamPtr = std::shared_ptr<const Upstream>;

}  // namespace aihub::net
