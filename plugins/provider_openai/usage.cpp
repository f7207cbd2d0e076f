#include "usage.hpp"

#include <aihub/json_scan.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace aihub::provider_openai {
namespace {

using Count = std::optional<std::uint64_t>;

// What a usage object may say, in any of the spellings there are; the first of several wins.
struct Said {
    Count input, output, total, reasoning;
    Count cache_hit, cached, cache_read_input, cache_creation_input;
    Count in_cached, in_cache_write, in_cache_creation, in_audio;
    Count out_reasoning, out_audio;
    Count seconds_ms;  // "seconds", in milliseconds
};

struct Name {
    std::string_view text;
    Count Said::*place;
};

// Spellings of one thing stand in the order of preference.
struct Spellings {
    Count preferred, other;
    [[nodiscard]] Count any() const { return preferred ? preferred : other; }
};

constexpr std::array kNames{
    Name{"total_tokens", &Said::total},
    Name{"reasoning_tokens", &Said::reasoning},
    Name{"prompt_cache_hit_tokens", &Said::cache_hit},
    Name{"cached_tokens", &Said::cached},
    Name{"cache_read_input_tokens", &Said::cache_read_input},
    Name{"cache_creation_input_tokens", &Said::cache_creation_input},
};
constexpr std::array kInputNames{
    Name{"cached_tokens", &Said::in_cached},
    Name{"cache_write_tokens", &Said::in_cache_write},
    Name{"cache_creation_tokens", &Said::in_cache_creation},
    Name{"audio_tokens", &Said::in_audio},
};
constexpr std::array kOutputNames{
    Name{"reasoning_tokens", &Said::out_reasoning},
    Name{"audio_tokens", &Said::out_audio},
};

Count count(std::string_view raw) {
    std::uint64_t whole = 0;
    const char* const end = raw.data() + raw.size();
    if (const auto read = std::from_chars(raw.data(), end, whole); read.ec == std::errc{} && read.ptr == end) {
        return whole;
    }
    double fraction = 0;  // Some servers print 12.0.
    constexpr double kCountMax = 1e15;
    const auto read = std::from_chars(raw.data(), end, fraction);
    if (read.ec != std::errc{} || read.ptr != end || !(fraction >= 0) || fraction > kCountMax) {
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(fraction);
}

// Seconds, which may have a fraction, as milliseconds.
bool take_seconds(sdk::JsonScan& value, Count& place) {
    std::string_view raw;
    if (!value.take(raw)) {
        return false;
    }
    double seconds = 0;
    constexpr double kSecondsMax = 1e12;
    const char* const end = raw.data() + raw.size();
    const auto read = std::from_chars(raw.data(), end, seconds);
    if (read.ec == std::errc{} && read.ptr == end && seconds > 0 && seconds <= kSecondsMax) {
        place = static_cast<std::uint64_t>(std::llround(seconds * 1000));
    }
    return true;
}

bool take_count(sdk::JsonScan& value, Count& place) {
    std::string_view raw;
    if (!value.take(raw)) {
        return false;
    }
    if (const Count found = count(raw)) {
        place = found;
    }
    return true;
}

template <std::size_t kCount>
bool take_named(const std::array<Name, kCount>& names, std::string_view name, sdk::JsonScan& value, Said& said) {
    for (const auto& known : names) {
        if (known.text == name) {
            return take_count(value, said.*known.place);
        }
    }
    return value.skip();
}

template <std::size_t kCount>
bool take_details(const std::array<Name, kCount>& names, sdk::JsonScan& value, Said& said) {
    if (value.next() != '{') {
        return value.skip();
    }
    return value.members([&](std::string_view name, sdk::JsonScan& member) {
        return take_named(names, name, member, said);
    });
}

bool read_said(std::string_view json, Said& said) {
    Spellings input, output;
    sdk::JsonScan scan(json);
    const bool read = scan.members([&](std::string_view name, sdk::JsonScan& value) {
        if (name == "prompt_tokens") {
            return take_count(value, input.preferred);
        }
        if (name == "completion_tokens") {
            return take_count(value, output.preferred);
        }
        if (name == "input_tokens") {
            return take_count(value, input.other);
        }
        if (name == "output_tokens") {
            return take_count(value, output.other);
        }
        if (name == "seconds" || name == "prompt_audio_seconds") {
            return take_seconds(value, said.seconds_ms);
        }
        if (name == "prompt_tokens_details" || name == "input_tokens_details" || name == "input_token_details") {
            return take_details(kInputNames, value, said);
        }
        if (name == "completion_tokens_details" || name == "output_tokens_details" || name == "output_token_details") {
            return take_details(kOutputNames, value, said);
        }
        return take_named(kNames, name, value, said);
    });
    said.input = input.any();
    said.output = output.any();
    return read && scan.at_end();
}

Count either(Count preferred, Count other) {
    return preferred ? preferred : other;
}

}  // namespace

std::optional<sdk::Usage> read_usage(std::string_view json) {
    Said said;
    if (!read_said(json, said)) {
        return std::nullopt;
    }
    if (!said.input && !said.output) {
        said.input = said.total;  // Rerankers have one number only.
    }
    if (!said.input && !said.output && !said.seconds_ms) {
        return std::nullopt;
    }
    sdk::Usage read;
    read.audio_ms = said.seconds_ms;
    read.input = said.input;
    read.output = said.output;
    read.cache_read = either(said.in_cached, either(said.cache_hit, either(said.cached, said.cache_read_input)));
    read.cache_write = either(said.in_cache_write, either(said.in_cache_creation, said.cache_creation_input));
    read.reasoning = either(said.out_reasoning, said.reasoning);
    if (said.in_audio || said.out_audio) {
        read.audio = said.in_audio.value_or(0) + said.out_audio.value_or(0);
    }
    // Some providers count reasoning beside the output; their total tells.
    const std::uint64_t reasoning = read.reasoning.value_or(0);
    if (reasoning > 0 && said.total && read.input && read.output &&
        *said.total == *read.input + *read.output + reasoning) {
        *read.output += reasoning;
    }
    return read;
}

}  // namespace aihub::provider_openai
