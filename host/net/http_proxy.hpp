// An outbound HTTP proxy (RFC 9110 section 9.3.6).
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"
#include "net/connection.hpp"
#include "net/task.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace aihub::net {

// Requests to https upstreams go through a tunnel that CONNECT makes; those to http upstreams go to the proxy whole.
struct HttpProxy {
    std::string host;
    std::uint16_t port = 0;
    Secret authorization;  // value of Proxy-Authorization; empty: none

    // From "http://user:password@host:port"; user and password may be percent-encoded. The message of an error does
    // not repeat `url`.
    static Result<HttpProxy> parse(std::string_view url);
    [[nodiscard]] std::string authority() const;
};

// Has the proxy at the other end of `connection` connect to `target` ("host:port"). What follows on the connection is
// between us and the target. unavailable: the proxy refused, or did not speak HTTP.
[[nodiscard]] Task<Result<void>> open_tunnel(Connection& connection, const HttpProxy& proxy, std::string target);

}  // namespace aihub::net
