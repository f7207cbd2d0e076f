// Single values as people write them: "30s", "32MiB", "true".
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace aihub::config {

// Errors say what is taken; they never repeat `text`, which may have come from the environment.

// Digits only.
[[nodiscard]] Result<std::uint64_t> parse_count(std::string_view text);
// A plain number of bytes, or with B, KiB, MiB, GiB. KB, MB, K and M are refused: they mean two things.
[[nodiscard]] Result<std::uint64_t> parse_bytes(std::string_view text);
// Milliseconds. A whole number with ms, s, m or h; a number without unit is refused.
[[nodiscard]] Result<std::uint64_t> parse_duration(std::string_view text);
// A decimal number from 0 to 1.
[[nodiscard]] Result<double> parse_ratio(std::string_view text);
// A decimal number from 0 to 100 with at most two decimals: in hundredths, 0 to 10000.
[[nodiscard]] Result<std::uint32_t> parse_percent(std::string_view text);
// true or false.
[[nodiscard]] Result<bool> parse_bool(std::string_view text);

// The same in the shortest form that reads back alike: "64KiB", "15s".
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);
[[nodiscard]] std::string duration_text(std::uint64_t milliseconds);
[[nodiscard]] std::string ratio_text(double ratio);
[[nodiscard]] std::string percent_text(std::uint32_t hundredths);

}  // namespace aihub::config
