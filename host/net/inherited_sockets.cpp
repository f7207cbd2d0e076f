#include "net/inherited_sockets.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace aihub::net {

namespace {

int option(int descriptor, int name) {
    int value = -1;
    socklen_t size = sizeof(value);
    return ::getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

bool listens_on_tcp(int descriptor) {
    const int family = option(descriptor, SO_DOMAIN);
    return option(descriptor, SO_ACCEPTCONN) == 1 && option(descriptor, SO_PROTOCOL) == IPPROTO_TCP &&
           (family == AF_INET || family == AF_INET6);
}

bool same_host(const Address& left, const Address& right) {
    if (left.storage.ss_family != right.storage.ss_family) {
        return false;
    }
    if (left.storage.ss_family == AF_INET6) {
        const auto& a = reinterpret_cast<const sockaddr_in6&>(left.storage);
        const auto& b = reinterpret_cast<const sockaddr_in6&>(right.storage);
        return std::memcmp(&a.sin6_addr, &b.sin6_addr, sizeof(a.sin6_addr)) == 0;
    }
    const auto& a = reinterpret_cast<const sockaddr_in&>(left.storage);
    const auto& b = reinterpret_cast<const sockaddr_in&>(right.storage);
    return a.sin_addr.s_addr == b.sin_addr.s_addr;
}

void set_flags(int descriptor) {
    ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

}  // namespace

Address local_address(int descriptor) {
    Address address;
    address.size = sizeof(address.storage);
    ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address.storage), &address.size);
    return address;
}

Result<InheritedSockets> InheritedSockets::take(int first, std::size_t count) {
    InheritedSockets sockets;
    for (std::size_t index = 0; index < count; ++index) {
        const int descriptor = first + static_cast<int>(index);
        if (!listens_on_tcp(descriptor)) {
            return Error{
                Errc::invalid_request,
                "descriptor " + std::to_string(descriptor) +
                    ", which another process left to this one, is not a TCP socket that listens"};
        }
        set_flags(descriptor);
        sockets.descriptors_.push_back(descriptor);
    }
    return sockets;
}

InheritedSockets::InheritedSockets(InheritedSockets&& other) noexcept
    : descriptors_(std::exchange(other.descriptors_, {})) {}

InheritedSockets& InheritedSockets::operator=(InheritedSockets&& other) noexcept {
    std::swap(descriptors_, other.descriptors_);
    return *this;
}

InheritedSockets::~InheritedSockets() {
    close_rest();
}

std::vector<int> InheritedSockets::claim(const Address& where) {
    std::vector<int> claimed;
    std::vector<int> rest;
    std::uint16_t port = where.port();
    for (const int descriptor : descriptors_) {
        const auto bound = local_address(descriptor);
        const bool wanted = same_host(bound, where) && (port == 0 || bound.port() == port);
        port = wanted ? bound.port() : port;
        (wanted ? claimed : rest).push_back(descriptor);
    }
    descriptors_ = std::move(rest);
    return claimed;
}

std::vector<std::string> InheritedSockets::close_rest() {
    std::vector<std::string> addresses;
    for (const int descriptor : std::exchange(descriptors_, {})) {
        auto text = local_address(descriptor).text();
        if (std::find(addresses.begin(), addresses.end(), text) == addresses.end()) {
            addresses.push_back(std::move(text));
        }
        ::close(descriptor);
    }
    return addresses;
}

}  // namespace aihub::net
