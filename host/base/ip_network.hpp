// IP addresses and networks as values.
#pragma once

#include "base/result.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aihub {

// An IPv6 address; an IPv4 address is the mapped one (::ffff:192.0.2.1), so that both writings of it are equal.
struct IpAddress {
    std::array<std::uint8_t, 16> bytes{};

    // From "192.0.2.1" or "2001:db8::1", without brackets, port or zone.
    [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);
    // The shortest form; a mapped address as IPv4.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] bool is_v4() const;
    bool operator==(const IpAddress&) const = default;
};

// All addresses that begin with the same bits.
struct IpNetwork {
    IpAddress address;
    int bits = 128;  // of `address`, as IPv6

    // From "192.0.2.0/24", "2001:db8::/32", or one address. invalid_request: neither, or bits are set behind the
    // prefix.
    [[nodiscard]] static Result<IpNetwork> parse(std::string_view text);
    [[nodiscard]] bool contains(const IpAddress& one) const;
    bool operator==(const IpNetwork&) const = default;
};

using IpNetworks = std::vector<IpNetwork>;

[[nodiscard]] bool contains(const IpNetworks& networks, const IpAddress& address);

}  // namespace aihub
