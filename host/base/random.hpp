// Random numbers for choices that need not be secret.
#pragma once

#include <cstddef>
#include <cstdint>

namespace aihub {

// SplitMix64. One for each loop, so that none is shared; a test gives a seed of its own. Keys and ids come from
// base/ids.hpp.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() {
        state_ += 0x9e3779b97f4a7c15ULL;
        std::uint64_t x = state_;
        x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9ULL;
        x = (x ^ (x >> 27U)) * 0x94d049bb133111ebULL;
        return x ^ (x >> 31U);
    }
    // From 0 to `count` - 1; `count` is not 0 and far below 2^64, so that the bias does not show.
    std::size_t below(std::size_t count) { return static_cast<std::size_t>(next() % count); }
    // From 0 up to, but not, 1.
    double unit() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

private:
    std::uint64_t state_;
};

}  // namespace aihub
