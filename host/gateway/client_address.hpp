// Where a request comes from.
#pragma once

#include "config/snapshot.hpp"
#include "net/http_head.hpp"

#include <string>
#include <string_view>

namespace aihub::gateway {

// The address in "192.0.2.1:80" or "[2001:db8::1]:80"; that of "[::ffff:192.0.2.1]:80" is "192.0.2.1".
[[nodiscard]] std::string_view address_of(std::string_view peer);

// What the connections and requests of an address ("192.0.2.1") are counted by, as bytes: an IPv4 address, the /64
// network of an IPv6 one, or a local one with its zone.
[[nodiscard]] std::string address_group(std::string_view address);

// Whether `address` is one of listen.trusted_proxies.
[[nodiscard]] bool is_trusted(std::string_view address, const config::Listen& listen);

// The client of a request that came from `peer`, an address that is trusted: the last one in listen.forwarded_header
// that is not trusted itself. What stands before it was sent by that client and says nothing. When something else than
// an address comes first, or nothing at all, it is the last address that was trusted.
[[nodiscard]] std::string forwarded_client(
    const net::RequestHead& head, std::string_view peer, const config::Listen& listen
);

}  // namespace aihub::gateway
