#include "gateway/open_connections.hpp"

#include "gateway/client_address.hpp"

namespace aihub::gateway {

OpenConnections::Entry OpenConnections::add(std::string_view peer, const Limits& limits) {
    auto group = address_group(address_of(peer));
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
    const auto group = address_group(address_of(peer));
    const std::scoped_lock lock(mutex_);
    leave(group);
    --count_;
    notify_if_none();
}

void OpenConnections::notify_if_none() {
    if (count_ == 0 && held_ == 0) {
        none_.notify_all();
    }
}

OpenConnections::Hold::Hold(OpenConnections& owner) : owner_(&owner) {
    const std::scoped_lock lock(owner.mutex_);
    ++owner.held_;
}

OpenConnections::Hold::~Hold() {
    if (owner_ != nullptr) {
        const std::scoped_lock lock(owner_->mutex_);
        --owner_->held_;
        owner_->notify_if_none();
    }
}

void OpenConnections::leave(const std::string& group) {
    if (const auto found = of_address_.find(group); found != of_address_.end() && --found->second == 0) {
        of_address_.erase(found);
    }
}

std::optional<OpenConnections::Share> OpenConnections::share(std::string_view address, std::size_t max) {
    auto group = address_group(address);
    const std::scoped_lock lock(mutex_);
    auto& of_address = of_address_[group];
    if (of_address > 0 && of_address >= max) {
        return std::nullopt;
    }
    ++of_address;
    return Share(*this, std::move(group));
}

OpenConnections::Share::~Share() {
    if (owner_ != nullptr) {
        const std::scoped_lock lock(owner_->mutex_);
        owner_->leave(group_);
    }
}

std::size_t OpenConnections::count() const {
    const std::scoped_lock lock(mutex_);
    return count_;
}

bool OpenConnections::wait_for_none(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    return none_.wait_for(lock, patience, [this] { return count_ == 0 && held_ == 0; });
}

}  // namespace aihub::gateway
