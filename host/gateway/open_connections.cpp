#include "gateway/open_connections.hpp"

#include <arpa/inet.h>

#include <array>

namespace aihub::gateway {

namespace {

// What connections are counted by.
std::string group_of(std::string_view peer) {
    std::string address(peer.substr(0, peer.rfind(':')));
    if (!address.starts_with('[')) {
        return address;
    }
    constexpr std::size_t kNetworkBytes = 8;
    std::array<char, sizeof(in6_addr)> bytes{};
    address = address.substr(1, address.rfind(']') - 1);
    if (::inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) {
        return address;  // a local one, with its zone
    }
    return {bytes.data(), kNetworkBytes};
}

}  // namespace

OpenConnections::Entry OpenConnections::add(std::string_view peer, const Limits& limits) {
    auto group = group_of(peer);
    const std::scoped_lock lock(mutex_);
    if (count_ >= limits.all) {
        return Entry::too_many;
    }
    auto& of_address = of_address_[std::move(group)];
    // An entry of 0 cannot stay behind: no limit is 0.
    if (of_address > 0 && of_address >= limits.of_address) {
        return Entry::too_many_of_address;
    }
    ++of_address;
    ++count_;
    return Entry::taken;
}

void OpenConnections::remove(std::string_view peer) {
    const auto group = group_of(peer);
    const std::scoped_lock lock(mutex_);
    if (const auto found = of_address_.find(group); found != of_address_.end() && --found->second == 0) {
        of_address_.erase(found);
    }
    if (--count_ == 0) {
        none_.notify_all();
    }
}

std::size_t OpenConnections::count() const {
    const std::scoped_lock lock(mutex_);
    return count_;
}

bool OpenConnections::wait_for_none(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    return none_.wait_for(lock, patience, [this] { return count_ == 0; });
}

}  // namespace aihub::gateway
