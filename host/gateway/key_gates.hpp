// How many calls each API key has in flight.
#pragma once

#include "base/gate.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace aihub::gateway {

// A gate for each key that has a call, shared by all loops. Any thread; a lock among sixteen is held for one look-up.
class KeyGates {
    struct Entry {
        Gate gate;
        std::size_t users = 0;
    };
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };
    using Entries = std::unordered_map<std::string, std::unique_ptr<Entry>, TextHash, std::equal_to<>>;
    struct Shard {
        std::mutex mutex;
        Entries entries;
    };

public:
    // Keeps one key's gate; without users it goes. Empty ones keep nothing. Must not outlive the KeyGates.
    class Use {
    public:
        Use() = default;
        Use(Shard& shard, Entries::value_type& entry) : shard_(&shard), entry_(&entry) {}
        Use(Use&& other) noexcept : shard_(std::exchange(other.shard_, nullptr)), entry_(other.entry_) {}
        Use& operator=(Use&& other) noexcept {
            std::swap(shard_, other.shard_);
            std::swap(entry_, other.entry_);
            return *this;
        }
        ~Use();
        [[nodiscard]] Gate& gate() const { return entry_->second->gate; }

    private:
        Shard* shard_ = nullptr;
        Entries::value_type* entry_ = nullptr;  // elements stay in place, whatever else comes and goes
    };

    [[nodiscard]] Use use(std::string_view key_id);
    // Keys that have a call now.
    [[nodiscard]] std::size_t size();

private:
    std::array<Shard, 16> shards_;
};

}  // namespace aihub::gateway
