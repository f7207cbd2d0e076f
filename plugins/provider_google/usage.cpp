#include "usage.hpp"

#include <aihub/json_scan.hpp>

#include <charconv>

namespace aihub::provider_google {
namespace {

using Count = std::optional<std::uint64_t>;

bool take_count(sdk::JsonScan& value, Count& place) {
    std::string_view raw;
    if (!value.take(raw)) {
        return false;
    }
    std::uint64_t read = 0;
    const char* const end = raw.data() + raw.size();
    if (const auto result = std::from_chars(raw.data(), end, read); result.ec == std::errc{} && result.ptr == end) {
        place = read;
    }
    return true;
}

// [{"modality":"AUDIO","tokenCount":7}, ...]
bool take_audio(sdk::JsonScan& value, Count& place) {
    if (value.next() != '[') {
        return value.skip();
    }
    return value.elements([&](sdk::JsonScan& element) {
        std::string_view modality;
        Count tokens;
        const bool read = element.members([&](std::string_view name, sdk::JsonScan& member) {
            if (name == "modality") {
                return member.take(modality);
            }
            return name == "tokenCount" ? take_count(member, tokens) : member.skip();
        });
        if (modality == "\"AUDIO\"" && tokens) {
            place = tokens;
        }
        return read;
    });
}

}  // namespace

bool UsageCounts::take(std::string_view json) {
    Said said = said_;
    sdk::JsonScan scan(json);
    if (scan.next() != '{') {
        return false;
    }
    const bool read = scan.members([&](std::string_view name, sdk::JsonScan& value) {
        if (name == "promptTokenCount") {
            return take_count(value, said.prompt);
        }
        if (name == "candidatesTokenCount" || name == "responseTokenCount") {
            return take_count(value, said.candidates);
        }
        if (name == "thoughtsTokenCount") {
            return take_count(value, said.thoughts);
        }
        if (name == "cachedContentTokenCount") {
            return take_count(value, said.cached);
        }
        if (name == "toolUsePromptTokenCount") {
            return take_count(value, said.tool_prompt);
        }
        if (name == "totalTokenCount") {
            return take_count(value, said.total);
        }
        if (name == "promptTokensDetails") {
            return take_audio(value, said.prompt_audio);
        }
        return name == "candidatesTokensDetails" ? take_audio(value, said.answer_audio) : value.skip();
    });
    if (!read || said == said_) {
        return false;
    }
    said_ = said;
    return true;
}

sdk::Usage UsageCounts::usage() const {
    sdk::Usage read;
    if (said_.prompt || said_.tool_prompt) {
        read.input = said_.prompt.value_or(0) + said_.tool_prompt.value_or(0);
    }
    if (said_.candidates || said_.thoughts) {
        read.output = said_.candidates.value_or(0) + said_.thoughts.value_or(0);
    }
    // A last chunk without the count of the answer still has the total.
    if (!said_.candidates && said_.total && read.input && *said_.total > *read.input + read.output.value_or(0)) {
        read.output = *said_.total - *read.input;
    }
    read.cache_read = said_.cached;
    read.reasoning = said_.thoughts;
    if (said_.prompt_audio || said_.answer_audio) {
        read.audio = said_.prompt_audio.value_or(0) + said_.answer_audio.value_or(0);
    }
    return read;
}

}  // namespace aihub::provider_google
