// Socket addresses, and what kind of network they lead to.
#pragma once

#include "base/result.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>

namespace aihub::net {

// Where an address leads (IANA special-purpose registries, RFC 6890). An IPv4 address inside an IPv6 one (mapped,
// translated, NAT64, 6to4) is judged by itself.
enum class AddressScope {
    global,
    loopback,  // this machine: 127.0.0.0/8, ::1, and 0.0.0.0/8 and ::, which lead there, too
    private_,  // RFC 1918, carrier-grade NAT, unique local, and what else the Internet does not route
    metadata,  // link-local, and the other addresses at which clouds hand out credentials
    unusable,  // multicast, broadcast, reserved
};

// An IPv4 or IPv6 address with a port.
struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;

    [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
    // "127.0.0.1:8080" or "[::1]:8080".
    [[nodiscard]] std::string text() const;
    [[nodiscard]] std::uint16_t port() const;
    void set_port(std::uint16_t port);
    [[nodiscard]] AddressScope scope() const;
    // From text like "127.0.0.1" or "::1".
    static Result<Address> parse(const std::string& address, std::uint16_t port);
};

}  // namespace aihub::net
