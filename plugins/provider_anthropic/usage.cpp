#include "usage.hpp"

#include <aihub/json_read.hpp>

#include <algorithm>

namespace aihub::provider_anthropic {

bool UsageCount::read(std::string_view raw) {
    const auto document = sdk::JsonDocument::parse(raw, {.depth_max = 8, .values_max = 200});
    if (!document) {
        return false;
    }
    bool any = false;
    const auto set = [&any](Count& into, const sdk::JsonValue& value) {
        constexpr std::uint64_t kMax = 1'000'000'000'000;  // beyond it is no count of tokens
        const auto count = value.number<std::uint64_t>();
        if (count && *count <= kMax) {
            into = count;
            any = true;
        }
    };
    const sdk::JsonValue usage = document->root();
    const sdk::JsonValue details = usage["output_tokens_details"];
    set(input_, usage["input_tokens"]);
    set(output_, usage["output_tokens"]);
    set(cache_read_, usage["cache_read_input_tokens"]);
    set(cache_write_, usage["cache_creation_input_tokens"]);
    set(cache_write_5m_, usage["cache_creation"]["ephemeral_5m_input_tokens"]);
    set(cache_write_1h_, usage["cache_creation"]["ephemeral_1h_input_tokens"]);
    set(reasoning_, details["reasoning_tokens"]);
    set(reasoning_, details["thinking_tokens"]);
    return any;
}

sdk::Usage UsageCount::total() const {
    sdk::Usage usage;
    usage.output = output_;
    usage.reasoning = reasoning_;
    usage.cache_read = cache_read_;
    usage.cache_write = cache_write_;
    if (!cache_write_ && (cache_write_5m_ || cache_write_1h_)) {
        usage.cache_write = cache_write_5m_.value_or(0) + cache_write_1h_.value_or(0);
    }
    if (input_) {
        usage.input = *input_ + usage.cache_read.value_or(0) + usage.cache_write.value_or(0);
    }
    if (const std::uint64_t hour = std::min(cache_write_1h_.value_or(0), usage.cache_write.value_or(0)); hour > 0) {
        usage.cache_write_1h = hour;
    }
    return usage;
}

}  // namespace aihub::provider_anthropic
