#include "gateway/key_gates.hpp"

namespace aihub::gateway {

KeyGates::Use KeyGates::use(std::string_view key_id) {
    auto& shard = shards_[TextHash{}(key_id) % shards_.size()];
    const std::scoped_lock lock(shard.mutex);
    auto found = shard.entries.find(key_id);
    if (found == shard.entries.end()) {
        found = shard.entries.emplace(std::string(key_id), std::make_unique<Entry>()).first;
    }
    ++found->second->users;
    return {shard, *found};
}

KeyGates::Use::~Use() {
    if (shard_ == nullptr) {
        return;
    }
    const std::scoped_lock lock(shard_->mutex);
    if (--entry_->second->users == 0) {
        shard_->entries.erase(shard_->entries.find(entry_->first));
    }
}

std::size_t KeyGates::size() {
    std::size_t count = 0;
    for (auto& shard : shards_) {
        const std::scoped_lock lock(shard.mutex);
        count += shard.entries.size();
    }
    return count;
}

}  // namespace aihub::gateway
