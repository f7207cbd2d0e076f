#include "base/ids.hpp"

#include <sys/random.h>

#include <array>
#include <cstdint>
#include <cstdlib>

namespace aihub {

namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

// 32 letters, so that five bits are one: no digit or letter that another could be read for.
constexpr std::string_view kPlainAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::string_view kRequestIdPrefix = "req_";
constexpr std::size_t kLettersOfWord = 12;  // 60 of 64 bits

void fill_random(void* out, std::size_t size) {
    auto* bytes = static_cast<unsigned char*>(out);
    while (size > 0) {
        const auto got = getrandom(bytes, size, 0);
        if (got <= 0) {
            std::abort();  // Without randomness every key would be guessable.
        }
        bytes += got;
        size -= static_cast<std::size_t>(got);
    }
}

std::uint64_t mix(std::uint64_t x) {
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9ULL;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

// Drawn once per thread.
struct Seed {
    std::array<std::uint64_t, 2> base{};
    std::uint64_t count = 0;
    Seed() { fill_random(base.data(), sizeof(base)); }
};

}  // namespace

std::string random_base62(std::size_t length) {
    std::string text;
    text.reserve(length);
    std::array<unsigned char, 64> pool{};
    while (text.size() < length) {
        fill_random(pool.data(), pool.size());
        for (const unsigned char byte : pool) {
            // 248 is the largest multiple of 62 in a byte: anything above would favour the first letters.
            if (byte < 248 && text.size() < length) {
                text.push_back(kAlphabet[byte % 62]);
            }
        }
    }
    return text;
}

std::uint64_t make_unique_bits() {
    thread_local Seed seed;
    ++seed.count;
    return mix(seed.base[0] + seed.count * 0x9e3779b97f4a7c15ULL);
}

void assign_request_id(std::string& id) {
    thread_local Seed seed;
    ++seed.count;
    std::array<std::uint64_t, 2> bits{mix(seed.base[0] + seed.count), mix(seed.base[1] ^ (seed.count << 1U))};
    id = kRequestIdPrefix;
    id.resize(kRequestIdPrefix.size() + 2 * kLettersOfWord);
    char* letter = id.data() + kRequestIdPrefix.size();
    for (auto& word : bits) {
        for (std::size_t i = 0; i < kLettersOfWord; ++i) {
            *letter++ = kPlainAlphabet[word & 31U];
            word >>= 5U;
        }
    }
}

}  // namespace aihub
