// What one call used: tokens by kind, and time.
#pragma once

#include <cstdint>
#include <optional>

namespace aihub::model {

// What a provider said it used. A field that was never said has no value: "not said" and "zero" are different facts.
// `input` holds cached tokens too, `output` holds reasoning too.
struct Usage {
    std::optional<std::uint64_t> input;
    std::optional<std::uint64_t> output;
    std::optional<std::uint64_t> cache_read;
    std::optional<std::uint64_t> cache_write;
    std::optional<std::uint64_t> reasoning;
    std::optional<std::uint64_t> audio;
    std::optional<std::uint64_t> audio_ms;        // of what is billed by its length: milliseconds
    std::optional<std::uint64_t> cache_write_1h;  // of cache_write: kept for an hour

    [[nodiscard]] bool known() const { return input.has_value() || output.has_value(); }
    friend bool operator==(const Usage&, const Usage&) = default;
};

}  // namespace aihub::model
