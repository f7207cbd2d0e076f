#include "words.hpp"

#include <cmath>

namespace aihub::provider_simulator {
namespace {

constexpr std::string_view kWords[] = {
    "amber",   "bridge", "cedar",  "delta",   "ember",  "field",  "garden", "harbor",  "island", "juniper", "kettle",
    "lantern", "meadow", "north",  "orchard", "pebble", "quiet",  "river",  "stone",   "timber", "umber",   "valley",
    "willow",  "yonder", "zephyr", "anchor",  "breeze", "candle", "drift",  "evening", "forest", "grain",
};

bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

}  // namespace

std::uint64_t hash(std::string_view text, std::uint64_t seed) {
    for (const char c : text) {
        seed = (seed ^ static_cast<unsigned char>(c)) * 1099511628211U;
    }
    return seed;
}

std::uint64_t mixed(std::uint64_t value) {
    value += 0x9E3779B97F4A7C15U;
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9U;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBU;
    return value ^ (value >> 31);
}

std::string_view word(std::uint64_t seed, std::uint64_t position) {
    return kWords[mixed(seed + position) % std::size(kWords)];
}

std::vector<std::string_view> tokens(std::string_view text) {
    std::vector<std::string_view> found;
    std::size_t begin = 0;
    std::size_t at = 0;
    while (at < text.size()) {
        while (at < text.size() && is_space(text[at])) {
            ++at;
        }
        if (at == text.size() && !found.empty()) {
            const std::string_view last = found.back();
            found.back() = std::string_view(last.data(), last.size() + (at - begin));
            break;
        }
        while (at < text.size() && !is_space(text[at])) {
            ++at;
        }
        found.push_back(text.substr(begin, at - begin));
        begin = at;
    }
    return found;
}

std::vector<float> embedding(std::uint64_t seed, std::uint32_t dimensions) {
    std::vector<float> values(dimensions);
    double square = 0;
    for (std::uint32_t at = 0; at < dimensions; ++at) {
        // 53 random bits as a number from -1 to 1.
        const double value = static_cast<double>(mixed(seed + at) >> 11) / 4503599627370496.0 - 1.0;
        values[at] = static_cast<float>(value);
        square += value * value;
    }
    const double length = square > 0 ? std::sqrt(square) : 1;
    for (float& value : values) {
        value = static_cast<float>(value / length);
    }
    return values;
}

}  // namespace aihub::provider_simulator
