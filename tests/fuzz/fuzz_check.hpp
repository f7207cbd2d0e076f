// What fuzz targets share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace aihub::fuzz {

// A property that must hold for all input; when it does not, the fuzzer keeps the input.
inline void check(bool holds, const char* what) {
    if (!holds) {
        std::fprintf(stderr, "broken: %s\n", what);
        std::abort();
    }
}

inline std::string_view text(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

// Cuts `bytes` at places that depend on the bytes alone, so that a finding repeats.
inline std::vector<std::string_view> pieces(std::string_view bytes) {
    std::vector<std::string_view> cut;
    std::uint32_t state = 2166136261U;
    for (const char letter : bytes) {
        state = (state ^ static_cast<unsigned char>(letter)) * 16777619U;
    }
    while (!bytes.empty()) {
        state = state * 1664525U + 1013904223U;
        const std::size_t size = 1 + (state >> 24U) % 11;
        cut.push_back(bytes.substr(0, size));
        bytes.remove_prefix(cut.back().size());
    }
    return cut;
}

}  // namespace aihub::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
