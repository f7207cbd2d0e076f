#include "base/ip_network.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace aihub {

namespace {

constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr int kMappedBits = 96;

// Whether the first `bits` are equal.
bool same_prefix(const IpAddress& left, const IpAddress& right, int bits) {
    const auto whole = static_cast<std::size_t>(bits / 8);
    if (!std::equal(left.bytes.begin(), left.bytes.begin() + bits / 8, right.bytes.begin())) {
        return false;
    }
    const auto rest = static_cast<unsigned>(bits % 8);
    const auto mask = 0xff00U >> rest & 0xffU;
    return rest == 0 || ((left.bytes[whole] ^ right.bytes[whole]) & mask) == 0;
}

IpAddress cut(IpAddress address, int bits) {
    for (int bit = bits; bit < 128; ++bit) {
        auto& byte = address.bytes[static_cast<std::size_t>(bit / 8)];
        byte = static_cast<std::uint8_t>(byte & ~(0x80U >> static_cast<unsigned>(bit % 8)));
    }
    return address;
}

Error wrong() {
    return {
        Errc::invalid_request, "not an IP address or network, write it like 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32"};
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    if (text.empty() || text.size() >= INET6_ADDRSTRLEN) {
        return std::nullopt;
    }
    const std::string ended(text);
    IpAddress address;
    if (::inet_pton(AF_INET, ended.c_str(), address.bytes.data() + kMapped.size()) == 1) {
        std::copy(kMapped.begin(), kMapped.end(), address.bytes.begin());
        return address;
    }
    if (::inet_pton(AF_INET6, ended.c_str(), address.bytes.data()) == 1) {
        return address;
    }
    return std::nullopt;
}

std::string IpAddress::text() const {
    std::array<char, INET6_ADDRSTRLEN> buffer{};
    if (is_v4()) {
        ::inet_ntop(AF_INET, bytes.data() + kMapped.size(), buffer.data(), buffer.size());
    } else {
        ::inet_ntop(AF_INET6, bytes.data(), buffer.data(), buffer.size());
    }
    return buffer.data();
}

bool IpAddress::is_v4() const {
    return std::equal(kMapped.begin(), kMapped.end(), bytes.begin());
}

Result<IpNetwork> IpNetwork::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address) {
        return wrong();
    }
    IpNetwork network{*address, 128};
    if (slash == std::string_view::npos) {
        return network;
    }
    const auto digits = text.substr(slash + 1);
    const bool v4 = text.find(':') == std::string_view::npos;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), network.bits);
    const bool number = read.ec == std::errc() && read.ptr == digits.data() + digits.size() && !digits.starts_with('-');
    if (!number || network.bits > (v4 ? 32 : 128)) {
        return wrong();
    }
    network.bits += v4 ? kMappedBits : 0;
    if (const auto first = cut(*address, network.bits); first != *address) {
        return Error{
            Errc::invalid_request,
            "the network has bits behind its prefix, write " + first.text() + "/" + std::string(digits)};
    }
    return network;
}

bool IpNetwork::contains(const IpAddress& one) const {
    return same_prefix(address, one, bits);
}

bool contains(const IpNetworks& networks, const IpAddress& address) {
    return std::any_of(networks.begin(), networks.end(), [&](const IpNetwork& one) { return one.contains(address); });
}

}  // namespace aihub
