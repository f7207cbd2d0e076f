#include "identity/keys.hpp"

#include <boost/crc.hpp>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace aihub::identity {

namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kRandomSize = 30;
constexpr std::size_t kChecksumSize = 6;
// Longer texts are no keys, and hashing or keeping them would be work for whoever sends them.
constexpr std::size_t kKeySizeMax = 256;
// The caches of one thread: texts of keys that work, and of keys that do not.
constexpr std::size_t kKnownMax = 4096;
constexpr std::size_t kUnknownMax = 1024;

bool is_base62(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// Secret as a key of a map: the texts are wiped when they leave the cache.
struct SecretHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    std::size_t operator()(const Secret& secret) const noexcept { return (*this)(secret.expose()); }
};
struct SecretEqual {
    using is_transparent = void;
    bool operator()(const Secret& left, std::string_view right) const { return left.expose() == right; }
    bool operator()(std::string_view left, const Secret& right) const { return left == right.expose(); }
    bool operator()(const Secret& left, const Secret& right) const { return left.expose() == right.expose(); }
};

using PrincipalPtr = std::shared_ptr<const model::Principal>;

// What one thread has looked up in one snapshot.
struct Cache {
    std::uint64_t snapshot = 0;
    std::unordered_map<Secret, PrincipalPtr, SecretHash, SecretEqual> known;
    std::unordered_map<Secret, PrincipalPtr, SecretHash, SecretEqual> unknown;
};

Cache& cache_of(std::uint64_t snapshot) {
    thread_local Cache cache;
    if (cache.snapshot != snapshot) {
        cache.known.clear();
        cache.unknown.clear();
        cache.snapshot = snapshot;
    }
    return cache;
}

std::uint64_t random_number() {
    std::uint64_t number = 0;
    for (const char c : random_base62(10)) {
        number = number * 62 + kAlphabet.find(c);
    }
    return number;
}

}  // namespace

Secret make_key(std::string_view brand, std::string_view env) {
    std::string text;
    text.reserve(brand.size() + env.size() + 2 + kRandomSize + kChecksumSize);
    text.append(brand).append("_").append(env).append("_").append(random_base62(kRandomSize));
    const auto checksum = key_checksum(text);
    text.append(checksum.begin(), checksum.end());
    return Secret(std::move(text));
}

std::array<char, 6> key_checksum(std::string_view text) {
    boost::crc_32_type crc;
    crc.process_bytes(text.data(), text.size());
    std::uint32_t rest = crc.checksum();
    std::array<char, kChecksumSize> out{};
    for (auto at = out.rbegin(); at != out.rend(); ++at) {
        *at = kAlphabet[rest % 62];
        rest /= 62;
    }
    return out;
}

bool well_formed(std::string_view key) {
    constexpr std::size_t kTail = kRandomSize + kChecksumSize;
    if (key.size() > kKeySizeMax || key.size() < kTail + 4) {
        return false;
    }
    const auto tail = key.substr(key.size() - kTail);
    const auto head = key.substr(0, key.size() - kTail);  // "<brand>_<env>_"
    if (head.back() != '_' || !std::all_of(tail.begin(), tail.end(), is_base62)) {
        return false;
    }
    const auto names = head.substr(0, head.size() - 1);
    const auto between = names.rfind('_');
    if (between == std::string_view::npos || between == 0 || between + 1 == names.size()) {
        return false;
    }
    const auto is_name = [](char c) { return is_base62(c) || c == '_' || c == '-'; };
    if (!std::all_of(names.begin(), names.end(), is_name)) {
        return false;
    }
    const auto checksum = key_checksum(key.substr(0, key.size() - kChecksumSize));
    return key.ends_with(std::string_view(checksum.data(), checksum.size()));
}

KeyHash hash_key(const Secret& pepper, std::string_view key) {
    KeyHash hash{};
    unsigned int size = 0;
    const auto secret = pepper.expose();
    const auto* bytes = reinterpret_cast<const unsigned char*>(key.data());
    const auto* done =
        HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes, key.size(), hash.data(), &size);
    if (done == nullptr || size != hash.size()) {
        std::abort();  // Out of memory. A hash that is not one would let keys be confused.
    }
    return hash;
}

std::size_t KeySnapshot::HashOfHash::operator()(const KeyHash& hash) const noexcept {
    std::size_t first = 0;
    std::memcpy(&first, hash.data(), sizeof(first));
    return first;
}

KeySnapshot::KeySnapshot(Secret pepper, std::vector<Entry> entries, std::uint64_t epoch)
    : pepper_(std::move(pepper)), epoch_(epoch), cache_id_(random_number()) {
    by_hash_.reserve(entries.size());
    for (auto& entry : entries) {
        by_hash_.emplace(entry.hash, std::move(entry.principal));
    }
}

std::shared_ptr<const model::Principal> KeySnapshot::find(std::string_view key) const {
    if (key.empty() || key.size() > kKeySizeMax) {
        return nullptr;
    }
    auto& cache = cache_of(cache_id_);
    if (const auto hit = cache.known.find(key); hit != cache.known.end()) {
        return hit->second;
    }
    if (cache.unknown.contains(key)) {
        return nullptr;
    }
    const auto found = by_hash_.find(hash_key(pepper_, key));
    const bool known = found != by_hash_.end();
    auto& map = known ? cache.known : cache.unknown;
    if (map.size() >= (known ? kKnownMax : kUnknownMax)) {
        map.clear();
    }
    if (!known) {
        map.emplace(Secret(std::string(key)), nullptr);
        return nullptr;
    }
    // A reference count of its own for each thread: loops that serve the same key then do not fight over one.
    PrincipalPtr mine(found->second.get(), [keep = found->second](const model::Principal*) {});
    map.emplace(Secret(std::string(key)), mine);
    return mine;
}

}  // namespace aihub::identity
