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

    // What models that reason refuse, unless it says what they do anyway.
    void sampling(std::string_view member, JsonText value, std::string_view usual) {
        if (!wire_.traits.reasons()) {
            option(member, value);
        } else if (!value.empty() && value != usual) {
            wire_.dropped.say(member);
        }
    }

    void limit(JsonText tokens) {
        const std::string& wanted = wire_.style.max_tokens_field;
        const bool newer = wanted == "auto" ? wire_.traits.reasons() : wanted == "max_completion_tokens";
        option(newer ? "max_completion_tokens" : "max_tokens", "max_output_tokens", tokens);
    }

    void stop(JsonText list) {
        if (list.empty()) {
            return;
        }
        if (wire_.traits.reasons()) {
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
        const auto effort = effort_of(reasoning);
        if (effort.empty()) {
            return;
        }
        const bool asked_by_word = !reasoning.effort.empty();
        const std::string& policy = wire_.style.reasoning_effort;
        const Family family = wire_.traits.family;
        // Of a model that nothing is known of, only a client that names an effort knows that it has one.
        const bool known = wire_.traits.reasons() || family == Family::gpt_oss;
        const bool fits = known || (family == Family::other && asked_by_word);
        if (policy == "always" || (policy == "auto" && fits)) {
            option("reasoning_effort", "reasoning", effort);
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

    static std::string_view band(std::string_view number) {
        constexpr double kLow = 4096;
        constexpr double kMedium = 16384;
        double tokens = 0;
        std::from_chars(number.data(), number.data() + number.size(), tokens);
        return tokens < kLow ? R"("low")" : tokens < kMedium ? R"("medium")" : R"("high")";
    }

    sdk::JsonWriter& json_;
    ChatWire& wire_;
};

}  // namespace

void write_options(sdk::JsonWriter& json, const sdk::ChatRequest& chat, ChatWire& wire) {
    OptionWriter writer(json, wire);
    writer.response_format(chat.response_format);
    writer.limit(chat.max_output_tokens);
    writer.reasoning(chat.reasoning);
    writer.sampling("temperature", chat.temperature, "1");
    writer.sampling("top_p", chat.top_p, "1");
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
    writer.sampling("logprobs", chat.logprobs, "false");
    writer.sampling("top_logprobs", chat.top_logprobs, "0");
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
