#include "net/address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>

namespace aihub::net {

namespace {

using Scope = AddressScope;

struct Block4 {
    std::uint32_t network;
    int bits;
    Scope scope;
};

constexpr std::uint32_t v4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
    return a << 24U | b << 16U | c << 8U | d;
}

// The first that matches counts.
constexpr Block4 kBlocks4[] = {
    {v4(0, 0, 0, 0), 8, Scope::loopback},
    {v4(127, 0, 0, 0), 8, Scope::loopback},
    {v4(169, 254, 0, 0), 16, Scope::metadata},
    {v4(100, 100, 100, 200), 32, Scope::metadata},  // a cloud's metadata service within the range below
    {v4(168, 63, 129, 16), 32, Scope::metadata},    // the same within public addresses
    {v4(10, 0, 0, 0), 8, Scope::private_},
    {v4(172, 16, 0, 0), 12, Scope::private_},
    {v4(192, 168, 0, 0), 16, Scope::private_},
    {v4(100, 64, 0, 0), 10, Scope::private_},    // carrier-grade NAT
    {v4(192, 0, 0, 0), 24, Scope::private_},     // protocol assignments
    {v4(192, 0, 2, 0), 24, Scope::private_},     // documentation
    {v4(198, 18, 0, 0), 15, Scope::private_},    // benchmarks
    {v4(198, 51, 100, 0), 24, Scope::private_},  // documentation
    {v4(203, 0, 113, 0), 24, Scope::private_},   // documentation
    {v4(224, 0, 0, 0), 3, Scope::unusable},      // multicast, reserved, broadcast
};

Scope scope_of_v4(std::uint32_t address) {
    for (const auto& block : kBlocks4) {
        const std::uint32_t mask = ~std::uint32_t{0} << static_cast<unsigned>(32 - block.bits);
        if ((address & mask) == block.network) {
            return block.scope;
        }
    }
    return Scope::global;
}

using Bytes6 = std::span<const unsigned char, 16>;

std::uint32_t v4_at(Bytes6 bytes, std::size_t at) {
    return v4(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]);
}

bool starts_with(Bytes6 bytes, std::initializer_list<unsigned char> prefix) {
    return std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

// The IPv4 address that packets to this one end up at.
std::optional<std::uint32_t> v4_inside(Bytes6 bytes) {
    const bool mapped = starts_with(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff});
    const bool translated = starts_with(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0});
    const bool nat64 = starts_with(bytes, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0});
    const bool compatible = starts_with(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    if (mapped || translated || nat64 || compatible) {
        return v4_at(bytes, 12);
    }
    return starts_with(bytes, {0x20, 0x02}) ? std::optional(v4_at(bytes, 2)) : std::nullopt;  // 6to4
}

Scope scope_of_v6(Bytes6 bytes) {
    constexpr std::array<unsigned char, 16> kMetadata{0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54};
    const bool zeros = std::all_of(bytes.begin(), bytes.end() - 1, [](unsigned char byte) { return byte == 0; });
    if (zeros && bytes[15] <= 1) {
        return Scope::loopback;
    }
    if (const auto inside = v4_inside(bytes)) {
        return scope_of_v4(*inside);
    }
    if ((bytes[0] == 0xfe && (bytes[1] & 0xc0U) == 0x80) || std::equal(bytes.begin(), bytes.end(), kMetadata.begin())) {
        return Scope::metadata;
    }
    if (bytes[0] == 0xff) {
        return Scope::unusable;
    }
    const bool documentation = starts_with(bytes, {0x20, 0x01, 0x0d, 0xb8});
    const bool protocols = starts_with(bytes, {0x20, 0x01, 0}) || starts_with(bytes, {0x20, 0x01, 1});  // Teredo too
    const bool unicast = (bytes[0] & 0xe0U) == 0x20;  // 2000::/3, all that is routed on the Internet
    return unicast && !documentation && !protocols ? Scope::global : Scope::private_;
}

}  // namespace

std::string Address::text() const {
    std::array<char, INET6_ADDRSTRLEN> buffer{};
    if (storage.ss_family == AF_INET6) {
        const auto& six = reinterpret_cast<const sockaddr_in6&>(storage);
        inet_ntop(AF_INET6, &six.sin6_addr, buffer.data(), buffer.size());
        return "[" + std::string(buffer.data()) + "]:" + std::to_string(port());
    }
    const auto& four = reinterpret_cast<const sockaddr_in&>(storage);
    inet_ntop(AF_INET, &four.sin_addr, buffer.data(), buffer.size());
    return std::string(buffer.data()) + ":" + std::to_string(port());
}

std::uint16_t Address::port() const {
    // The port stands at the same place in both families.
    return ntohs(reinterpret_cast<const sockaddr_in&>(storage).sin_port);
}

void Address::set_port(std::uint16_t port) {
    reinterpret_cast<sockaddr_in&>(storage).sin_port = htons(port);
}

AddressScope Address::scope() const {
    if (storage.ss_family == AF_INET) {
        return scope_of_v4(ntohl(reinterpret_cast<const sockaddr_in&>(storage).sin_addr.s_addr));
    }
    if (storage.ss_family == AF_INET6) {
        return scope_of_v6(Bytes6(reinterpret_cast<const sockaddr_in6&>(storage).sin6_addr.s6_addr));
    }
    return Scope::unusable;
}

Result<Address> Address::parse(const std::string& address, std::uint16_t port) {
    Address result;
    auto& four = reinterpret_cast<sockaddr_in&>(result.storage);
    if (inet_pton(AF_INET, address.c_str(), &four.sin_addr) == 1) {
        four.sin_family = AF_INET;
        four.sin_port = htons(port);
        result.size = sizeof(sockaddr_in);
        return result;
    }
    auto& six = reinterpret_cast<sockaddr_in6&>(result.storage);
    if (inet_pton(AF_INET6, address.c_str(), &six.sin6_addr) == 1) {
        six.sin6_family = AF_INET6;
        six.sin6_port = htons(port);
        result.size = sizeof(sockaddr_in6);
        return result;
    }
    return Error{Errc::invalid_request, "\"" + address + "\" is not an IP address"};
}

}  // namespace aihub::net
