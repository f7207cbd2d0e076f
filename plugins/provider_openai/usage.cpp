#include "usage.hpp"

#include <aihub/json_read.hpp>

#include <cmath>
#include <cstdint>
#include <initializer_list>

namespace aihub::provider_openai {
namespace {

using Count = std::optional<std::uint64_t>;

Count count(const sdk::JsonValue& value) {
    if (const auto whole = value.number<std::uint64_t>()) {
        return whole;
    }
    const auto fraction = value.number<double>();  // Some servers print 12.0.
    constexpr double kCountMax = 1e15;
    if (!fraction || !(*fraction >= 0) || *fraction > kCountMax) {
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(*fraction);
}

// The first of several spellings that is a count.
Count first_count(const sdk::JsonValue& object, std::initializer_list<const char*> names) {
    for (const char* name : names) {
        if (const Count found = count(object[name])) {
            return found;
        }
    }
    return std::nullopt;
}

Count either(Count preferred, Count other) {
    return preferred ? preferred : other;
}

sdk::JsonValue details(const sdk::JsonValue& usage, const char* name, const char* other_name) {
    const sdk::JsonValue found = usage[name];
    return found.is(sdk::JsonKind::object) ? found : usage[other_name];
}

}  // namespace

std::optional<sdk::Usage> read_usage(std::string_view json) {
    const auto document = sdk::JsonDocument::parse(json);
    if (!document || !document->root().is(sdk::JsonKind::object)) {
        return std::nullopt;
    }
    const sdk::JsonValue usage = document->root();
    const sdk::JsonValue input = details(usage, "prompt_tokens_details", "input_tokens_details");
    const sdk::JsonValue output = details(usage, "completion_tokens_details", "output_tokens_details");

    sdk::Usage read;
    read.input = first_count(usage, {"prompt_tokens", "input_tokens"});
    read.output = first_count(usage, {"completion_tokens", "output_tokens"});
    read.cache_read = either(
        first_count(input, {"cached_tokens"}),
        first_count(usage, {"prompt_cache_hit_tokens", "cached_tokens", "cache_read_input_tokens"})
    );
    read.cache_write = either(
        first_count(input, {"cache_write_tokens", "cache_creation_tokens"}),
        first_count(usage, {"cache_creation_input_tokens"})
    );
    read.reasoning = either(first_count(output, {"reasoning_tokens"}), first_count(usage, {"reasoning_tokens"}));
    const Count audio_in = count(input["audio_tokens"]);
    const Count audio_out = count(output["audio_tokens"]);
    if (audio_in || audio_out) {
        read.audio = audio_in.value_or(0) + audio_out.value_or(0);
    }
    // Some providers count reasoning beside the output; their total tells.
    const Count total = count(usage["total_tokens"]);
    const std::uint64_t reasoning = read.reasoning.value_or(0);
    if (reasoning > 0 && total && read.input && read.output && *total == *read.input + *read.output + reasoning) {
        *read.output += reasoning;
    }
    if (!read.input && !read.output) {
        return std::nullopt;
    }
    return read;
}

}  // namespace aihub::provider_openai
