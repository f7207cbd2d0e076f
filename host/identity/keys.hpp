// API keys: format, storage and the in-memory snapshot that the request path reads.
#pragma once

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "model/principal.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aihub::identity {

// The text of a key: "<brand>_<env>_<30 base62><6 base62 CRC-32>". The checksum is IEEE CRC-32 over all text before it,
// base62 (0-9A-Za-z), padded with '0'. It lets a typo be refused without a look-up; it is no security.
[[nodiscard]] Secret make_key(std::string_view brand, std::string_view env);
// The checksum that belongs to `text` (a key without its last six characters).
[[nodiscard]] std::array<char, 6> key_checksum(std::string_view text);
// Whether `key` has the form above with a right checksum; any brand.
[[nodiscard]] bool well_formed(std::string_view key);

// HMAC-SHA-256(pepper, key).
using KeyHash = std::array<unsigned char, 32>;
[[nodiscard]] KeyHash hash_key(const Secret& pepper, std::string_view key);

// All keys that work, immutable. Any thread.
class KeySnapshot {
public:
    struct Entry {
        KeyHash hash;
        std::shared_ptr<const model::Principal> principal;
    };
    KeySnapshot(Secret pepper, std::vector<Entry> entries, std::uint64_t epoch);

    // The owner of `key`, or nullptr. Expiry is the caller's to check against its clock. The hash of a key that was
    // seen before is kept in a bounded cache per thread, so that a repeated look-up costs one map access.
    [[nodiscard]] std::shared_ptr<const model::Principal> find(std::string_view key) const;
    [[nodiscard]] std::size_t size() const { return by_hash_.size(); }
    [[nodiscard]] std::uint64_t epoch() const { return epoch_; }

private:
    struct HashOfHash {
        std::size_t operator()(const KeyHash& hash) const noexcept;
    };
    Secret pepper_;
    std::unordered_map<KeyHash, std::shared_ptr<const model::Principal>, HashOfHash> by_hash_;
    std::uint64_t epoch_;
    std::uint64_t cache_id_;  // random: tells snapshots apart in the caches of threads, also those of equal epoch
};

using KeySnapshotPtr = std::shared_ptr<const KeySnapshot>;

}  // namespace aihub::identity
