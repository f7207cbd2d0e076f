#include "chat_options.hpp"

#include "raw_json.hpp"

#include <aihub/json_read.hpp>

#include <array>
#include <charconv>
#include <cstdint>

namespace aihub::provider_openai {
namespace {

using sdk::JsonText;

using Family = ModelTraits::Family;

constexpr std::size_t kStopsMax = 4;
constexpr std::size_t kUserBytesMax = 64;

class OptionWriter {
public:
    OptionWriter(sdk::JsonWriter& json, ChatWire& wire) : json_(json), wire_(wire) {}

    // `member`: its name in this format; `name`: in the canonical form.
    void option(std::string_view member, std::string_view name, JsonText value) {
        if (value.empty()) {
            return;
        }
        if (wire_.style.refuses(member)) {
            wire_.dropped.say(name);
            return;
        }
        json_.key(member).raw(value);
    }
    void option(std::string_view member, JsonText value) { option(member, member, value); }

    // What models that reason refuse, unless it says what they do anyway. After reasoning().
    void sampling(std::string_view member, JsonText value, std::string_view usual) {
        if (!wire_.traits.no_sampling) {
            option(member, value);
        } else if (!value.empty() && value != usual) {
            wire_.dropped.say(member);
        }
    }
    // The same for what some of them take when they are told not to reason.
    void choosing(std::string_view member, JsonText value, std::string_view usual) {
        if (wire_.traits.sampling_without_effort && effort_sent_ == kNone) {
            option(member, value);
        } else {
            sampling(member, value, usual);
        }
    }
    void temperature_and_top_p(JsonText temperature, JsonText top_p) {
        choosing("temperature", temperature, "1");
        if (!wire_.traits.temperature_or_top_p || temperature.empty()) {
            choosing("top_p", top_p, "1");
        } else if (!top_p.empty() && top_p != "1") {
            wire_.dropped.say("top_p");
        }
    }

    // `most`: what the model can write; a higher limit is refused.
    void limit(JsonText tokens, JsonText most) {
        const std::string& wanted = wire_.style.max_tokens_field;
        const bool newer = wanted == "auto" ? wire_.traits.newer_limit : wanted == "max_completion_tokens";
        const bool too_high = !tokens.empty() && !most.empty() && value_of(tokens) > value_of(most);
        if (too_high) {
            wire_.dropped.say("max_output_tokens");
        }
        option(newer ? "max_completion_tokens" : "max_tokens", "max_output_tokens", too_high ? most : tokens);
    }

    void stop(JsonText list) {
        if (list.empty()) {
            return;
        }
        if (wire_.traits.no_stop) {
            wire_.dropped.say("stop");
            return;
        }
        const auto document = sdk::JsonDocument::parse(list);
        if (!document || document->root().size() <= kStopsMax) {
            option("stop", list);
            return;
        }
        wire_.dropped.say("stop");
        sdk::JsonWriter first;
        first.begin_array();
        for (std::size_t at = 0; at < kStopsMax; ++at) {
            first.raw(document->root()[at].raw());
        }
        option("stop", std::move(first.end_array()).text());
    }

    void reasoning(const sdk::ChatReasoning& reasoning) {
        if (!reasoning.summary.empty()) {
            wire_.dropped.say("reasoning.summary");
        }
        const auto effort = effort_beside_tools(effort_of(reasoning));
        if (effort.empty()) {
            return;
        }
        const bool asked_by_word = !reasoning.effort.empty();
        const std::string& policy = wire_.style.reasoning_effort;
        // Of a model that nothing is known of, only a client that names an effort knows that it has one.
        const bool fits = wire_.traits.takes_effort || (wire_.traits.family == Family::other && asked_by_word);
        if (policy == "always" || (policy == "auto" && fits)) {
            option("reasoning_effort", "reasoning", effort);
            effort_sent_ = effort;
        } else {
            wire_.dropped.say("reasoning");
        }
    }

    void response_format(const sdk::ResponseFormat& format) {
        if (format.kind == sdk::ResponseKind::json) {
            option("response_format", R"({"type":"json_object"})");
        }
        if (format.kind != sdk::ResponseKind::json_schema) {
            return;
        }
        sdk::JsonWriter schema;
        schema.begin_object().field("type", "json_schema").key("json_schema").begin_object();
        schema.key("name").raw(format.name.empty() ? JsonText("\"response\"") : format.name);
        for (const auto& [name, value] : std::initializer_list<std::pair<std::string_view, JsonText>>{
                 {"description", format.description}, {"schema", format.schema}, {"strict", format.strict}}) {
            if (!value.empty()) {
                schema.key(name).raw(value);
            }
        }
        option("response_format", std::move(schema.end_object().end_object()).text());
    }

    // Another format's word for the usual tier.
    void service_tier(JsonText tier) { option("service_tier", tier == R"("standard_only")" ? R"("default")" : tier); }

    // Longer ones are refused.
    void user(JsonText user) {
        const std::string name = unquoted(user);
        if (name.size() <= kUserBytesMax) {
            option("user", user);
            return;
        }
        option("user", sdk::json_string(sdk::utf8_prefix(name, kUserBytesMax)));
    }

    void provider_field(const sdk::ProviderField& field) {
        const std::string name = unquoted(field.name);
        if (field.origin != kOwnFormat || is_ours(name)) {
            wire_.dropped.say(name);
            return;
        }
        option(name, field.value);
    }

private:
    static bool is_ours(std::string_view name) {
        constexpr std::array<std::string_view, 5> kOurs = {"model", "messages", "tools", "stream", "stream_options"};
        return std::ranges::find(kOurs, name) != kOurs.end();
    }

    [[nodiscard]] std::string_view effort_of(const sdk::ChatReasoning& reasoning) const {
        if (!reasoning.effort.empty()) {
            return wire_.traits.effort(reasoning.effort);
        }
        if (reasoning.mode == sdk::ReasoningMode::off) {
            return wire_.traits.effort_off();
        }
        return reasoning.budget_tokens.empty() ? std::string_view() : band(reasoning.budget_tokens);
    }

    // Some models take tools only when they do not reason.
    std::string_view effort_beside_tools(std::string_view effort) {
        if (!wire_.has_tools || !wire_.traits.no_tools_with_effort || effort == kNone) {
            return effort;
        }
        if (!effort.empty()) {
            wire_.dropped.say("reasoning");
        }
        const bool may_say = wire_.traits.tools_need_effort_none && wire_.style.reasoning_effort != "never";
        return may_say ? kNone : std::string_view();
    }

    static double value_of(std::string_view number) {
        double value = 0;
        std::from_chars(number.data(), number.data() + number.size(), value);
        return value;
    }

    static std::string_view band(std::string_view number) {
        constexpr double kLow = 4096;
        constexpr double kMedium = 16384;
        const double tokens = value_of(number);
        return tokens < kLow ? R"("low")" : tokens < kMedium ? R"("medium")" : R"("high")";
    }

    static constexpr std::string_view kNone = R"("none")";

    sdk::JsonWriter& json_;
    ChatWire& wire_;
    std::string_view effort_sent_;
};

}  // namespace

void write_options(sdk::JsonWriter& json, const sdk::ChatRequest& chat, ChatWire& wire) {
    OptionWriter writer(json, wire);
    writer.response_format(chat.response_format);
    writer.limit(chat.max_output_tokens, chat.model_facts.output_tokens_max);
    writer.reasoning(chat.reasoning);
    writer.temperature_and_top_p(chat.temperature, chat.top_p);
    if (wire.style.send_top_k) {
        writer.option("top_k", chat.top_k);
    } else if (!chat.top_k.empty()) {
        wire.dropped.say("top_k");
    }
    writer.stop(chat.stop);
    writer.option(wire.style.seed_field, "seed", chat.seed);
    writer.option("n", "choices", chat.choices);
    writer.sampling("presence_penalty", chat.presence_penalty, "0");
    writer.sampling("frequency_penalty", chat.frequency_penalty, "0");
    writer.choosing("logprobs", chat.logprobs, "false");
    writer.choosing("top_logprobs", chat.top_logprobs, "0");
    writer.sampling("logit_bias", chat.logit_bias, "{}");
    if (chat.modalities != R"(["text"])") {  // Every answer has it; many services do not know the member.
        writer.option("modalities", chat.modalities);
    }
    writer.option("verbosity", chat.verbosity);
    writer.user(chat.user);
    writer.option("metadata", chat.metadata);
    writer.service_tier(chat.service_tier);
    writer.option("prompt_cache_key", chat.prompt_cache_key);
    for (const sdk::ProviderField& field : chat.provider_fields) {
        writer.provider_field(field);
    }
}

}  // namespace aihub::provider_openai
