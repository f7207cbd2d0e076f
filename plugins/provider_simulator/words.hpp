// Deterministic text and numbers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::provider_simulator {

// FNV-1a, 64 bits.
[[nodiscard]] std::uint64_t hash(std::string_view text, std::uint64_t seed = 14695981039346656037U);
// SplitMix64: a well-mixed number for each input.
[[nodiscard]] std::uint64_t mixed(std::uint64_t value);
// Word number `position` of the text that belongs to `seed`.
[[nodiscard]] std::string_view word(std::uint64_t seed, std::uint64_t position);
// `text` cut into tokens by the simulator's rule: a token is a run of visible bytes with the white space before it.
// The tokens joined are the text; white space at the end belongs to the last one.
[[nodiscard]] std::vector<std::string_view> tokens(std::string_view text);
// A vector of length 1 for each text.
[[nodiscard]] std::vector<float> embedding(std::uint64_t seed, std::uint32_t dimensions);

}  // namespace aihub::provider_simulator
