#include "model_traits.hpp"

#include <charconv>

namespace aihub::provider_openai {
namespace {

using Family = ModelTraits::Family;

constexpr std::string_view kLow = "\"low\"";
constexpr std::string_view kHigh = "\"high\"";
constexpr std::string_view kXHigh = "\"xhigh\"";
constexpr std::string_view kMax = "\"max\"";
constexpr std::string_view kNone = "\"none\"";
constexpr std::string_view kMinimal = "\"minimal\"";

bool is_digit(std::string_view text, std::size_t at) {
    return at < text.size() && text[at] >= '0' && text[at] <= '9';
}

// "5.2-codex" is 502.
int version(std::string_view text) {
    int major = 0;
    int minor = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, major);
    if (read.ptr != end && *read.ptr == '.') {
        std::from_chars(read.ptr + 1, end, minor);
    }
    return major * 100 + minor;
}

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

Family family_of(std::string_view name) {
    if (name.size() >= 2 && name[0] == 'o' && is_digit(name, 1)) {
        return Family::o_series;
    }
    if (name.starts_with("gpt-oss")) {
        return Family::gpt_oss;
    }
    if (name.starts_with("chatgpt-") || name.starts_with("gpt-35")) {  // how one service spells 3.5
        return Family::plain;
    }
    if (!name.starts_with("gpt-") || !is_digit(name, 4)) {
        return Family::other;
    }
    const int number = version(name.substr(4));
    if (number < 500 || has(name, "-chat")) {
        return Family::plain;
    }
    return number == 500 ? Family::gpt5 : Family::gpt5_next;
}

}  // namespace

ModelTraits ModelTraits::of(std::string_view model) {
    std::string_view name = model.substr(model.rfind('/') + 1);
    if (name.starts_with("ft:")) {
        name.remove_prefix(3);
    }
    ModelTraits traits;
    traits.family = family_of(name);
    traits.gemini = has(name, "gemini");
    traits.always_reasons = traits.family == Family::o_series || traits.family == Family::gpt_oss || has(name, "codex");
    traits.takes_xhigh =
        traits.family == Family::gpt5_next && (version(name.substr(4)) >= 502 || has(name, "codex-max"));
    const bool reasons =
        traits.family == Family::o_series || traits.family == Family::gpt5 || traits.family == Family::gpt5_next;
    traits.takes_effort = reasons || traits.family == Family::gpt_oss;
    traits.newer_limit = traits.developer = traits.no_sampling = traits.no_stop = reasons;
    return traits;
}

void ModelTraits::learn(const sdk::ModelFacts& facts) {
    if (facts.flags.empty() && facts.reasoning.empty()) {
        return;
    }
    takes_effort = facts.reasoning == "\"effort\"";
    newer_limit = facts.has_flag("max_completion_tokens");
    developer = facts.has_flag("developer_role");
    no_system = facts.has_flag("no_system");
    no_sampling = facts.has_flag("no_sampling");
    sampling_without_effort = facts.has_flag("sampling_without_reasoning");
    temperature_or_top_p = facts.has_flag("temperature_or_top_p");
    no_stop = no_sampling && newer_limit;
    no_prefill = facts.has_flag("no_prefill");
    no_tools_with_effort = facts.has_flag("no_tools_with_effort") || facts.has_flag("tools_need_effort_none");
    tools_need_effort_none = facts.has_flag("tools_need_effort_none");
    gemini = gemini || facts.has_flag("thought_signatures");
    if (family == Family::other) {  // The names of the others say it more exactly.
        always_reasons = facts.has_flag("reasoning_always");
    }
}

std::string_view ModelTraits::effort(std::string_view effort) const {
    if (family == Family::other || family == Family::plain) {
        return always_reasons && (effort == kNone || effort == kMinimal) ? kLow : effort;
    }
    if (effort == kXHigh || effort == kMax) {
        return takes_xhigh ? kXHigh : kHigh;
    }
    if (effort != kNone && effort != kMinimal) {
        return effort;
    }
    if (always_reasons) {
        return kLow;
    }
    if (family == Family::gpt5) {
        return kMinimal;
    }
    return effort == kNone ? kNone : kLow;
}

std::string_view ModelTraits::effort_off() const {
    if (always_reasons || (family != Family::gpt5 && family != Family::gpt5_next)) {
        return {};
    }
    return family == Family::gpt5 ? kMinimal : kNone;
}

}  // namespace aihub::provider_openai
