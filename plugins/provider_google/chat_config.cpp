#include "chat_config.hpp"

#include "schema_subset.hpp"

#include <aihub/json_read.hpp>
#include <aihub/json_write.hpp>

#include <charconv>
#include <limits>
#include <optional>

namespace aihub::provider_google {
namespace {

using sdk::JsonText;
using sdk::ReasoningMode;
using sdk::ResponseKind;

constexpr std::size_t kStopsMax = 5;
constexpr long long kLogprobsMax = 20;

std::optional<long long> whole(JsonText number) {
    long long value = 0;
    const auto read = std::from_chars(number.data(), number.data() + number.size(), value);
    const bool good = !number.empty() && read.ec == std::errc{} && read.ptr == number.data() + number.size();
    return good ? std::optional(value) : std::nullopt;
}

void copy(Members& config, std::string_view name, JsonText value) {
    if (!value.empty()) {
        config.set(name, value);
    }
}

void set_stop(Members& config, const ChatContext& context) {
    const auto document = sdk::JsonDocument::parse(context.request.stop.empty() ? "[]" : context.request.stop);
    if (!document || document->root().size() == 0) {
        return;
    }
    sdk::JsonWriter json;
    json.begin_array();
    std::size_t taken = 0;
    for (const sdk::JsonValue word : document->root()) {
        if (++taken <= kStopsMax) {
            json.raw(word.raw());
        }
    }
    json.end_array();
    context.drops.add_if(taken > kStopsMax, "stop");
    config.set("stopSequences", json.text());
}

// One above the model's is refused.
void set_limit(Members& config, const ChatContext& context) {
    const auto asked = whole(context.request.max_output_tokens);
    const auto most = whole(context.request.model_facts.output_tokens_max);
    const bool too_high = asked && most && *asked > *most;
    context.drops.add_if(too_high, "max_output_tokens");
    const auto& facts = context.request.model_facts;
    copy(config, "maxOutputTokens", too_high ? facts.output_tokens_max : context.request.max_output_tokens);
}

void set_sampling(Members& config, const ChatContext& context) {
    const sdk::ChatRequest& request = context.request;
    copy(config, "temperature", request.temperature);
    copy(config, "topP", request.top_p);
    copy(config, "topK", request.top_k);
    set_limit(config, context);
    set_stop(config, context);
    const auto seed = whole(request.seed);
    const bool small =
        seed && *seed >= std::numeric_limits<std::int32_t>::min() && *seed <= std::numeric_limits<std::int32_t>::max();
    copy(config, "seed", small ? request.seed : JsonText());
    context.drops.add_if(!request.seed.empty() && !small, "seed");
    const bool several = !request.choices.empty() && request.choices != "1";
    copy(config, "candidateCount", several && !context.stream ? request.choices : JsonText());
    context.drops.add_if(several && context.stream, "choices");
    copy(config, "presencePenalty", request.presence_penalty);
    copy(config, "frequencyPenalty", request.frequency_penalty);
}

void set_logprobs(Members& config, const ChatContext& context) {
    const sdk::ChatRequest& request = context.request;
    if (request.logprobs != "true") {
        return;
    }
    config.set("responseLogprobs", "true");
    const auto asked = whole(request.top_logprobs);
    if (!asked || *asked <= 0) {
        return;
    }
    context.drops.add_if(*asked > kLogprobsMax, "top_logprobs");
    config.set("logprobs", std::to_string(std::min(*asked, kLogprobsMax)));
}

Result<void> set_format(Members& config, const ChatContext& context) {
    const sdk::ResponseFormat& format = context.request.response_format;
    if (format.kind != ResponseKind::json && format.kind != ResponseKind::json_schema) {
        return {};
    }
    config.set("responseMimeType", "\"application/json\"");
    if (format.kind == ResponseKind::json || format.schema.empty()) {
        return {};
    }
    if (!context.schema_subset) {
        config.set("responseJsonSchema", format.schema);
        return {};
    }
    const std::string cut = AIHUB_TRY(schema_subset(format.schema, "response_format", context.schemas));
    if (!cut.empty()) {
        config.set("responseSchema", cut);
    }
    return {};
}

void set_modalities(Members& config, const ChatContext& context) {
    const auto document =
        sdk::JsonDocument::parse(context.request.modalities.empty() ? "[]" : context.request.modalities);
    if (!document) {
        return;
    }
    sdk::JsonWriter json;
    json.begin_array();
    bool more_than_text = false;
    for (const sdk::JsonValue one : document->root()) {
        const std::string word = one.string_or("");
        if (word != "text" && word != "image" && word != "audio") {
            context.drops.add("modalities");
            continue;
        }
        more_than_text = more_than_text || word != "text";
        json.value(word == "text" ? "TEXT" : word == "image" ? "IMAGE" : "AUDIO");
    }
    json.end_array();
    if (more_than_text) {
        config.set("responseModalities", json.text());
    }
}

// How the model thinks: as the host's table says, else by its name.
struct ThinkingWay {
    bool thinks = true;
    bool levels = false;  // its measure is a word, and not a number of tokens
    bool always = false;  // cannot be kept from it

    static ThinkingWay of(const ChatContext& context) {
        const sdk::ModelFacts& facts = context.request.model_facts;
        if (facts.flags.empty() && facts.reasoning.empty()) {
            return {context.model.thinks, context.model.generation >= 3, context.model.pro};
        }
        return {!facts.reasoning.empty(), facts.reasoning == "\"level\"", facts.has_flag("reasoning_always")};
    }
};

// The words of the canonical form as one of Gemini's levels; models that always think do not know `minimal`.
std::string_view level_of(std::string_view effort, const Model& model, bool always) {
    if (effort == "none" || effort == "minimal") {
        return always ? "\"low\"" : "\"minimal\"";
    }
    if (effort == "low") {
        return "\"low\"";
    }
    // The first Pro of this generation knows two levels.
    const bool two_levels = model.pro && model.name.find("gemini-3-") != std::string_view::npos;
    return effort == "medium" && !two_levels ? "\"medium\"" : "\"high\"";
}

std::string_view budget_of(std::string_view effort, const Model& model, bool always) {
    if (effort == "none" && !always) {
        return "0";
    }
    if (effort == "none" || effort == "minimal") {
        return model.pro && !model.lite ? "128" : "512";
    }
    if (effort == "low") {
        return "1024";
    }
    if (effort == "medium") {
        return "8192";
    }
    return model.pro && effort != "high" ? "32768" : "24576";
}

void set_thinking(Members& thinking, const ChatContext& context) {
    const sdk::ChatReasoning& wish = context.request.reasoning;
    const std::string_view effort = wish.mode == ReasoningMode::off ? "none" : inner(wish.effort);
    const bool on = wish.mode == ReasoningMode::on || wish.mode == ReasoningMode::adaptive;
    if (effort.empty() && !on && wish.budget_tokens.empty() && wish.summary.empty()) {
        return;
    }
    const auto way = ThinkingWay::of(context);
    if (!way.thinks) {
        context.drops.add_if(effort != "none", "reasoning");
        return;
    }
    if (wish.mode != ReasoningMode::off && !wish.budget_tokens.empty()) {
        thinking.set("thinkingBudget", wish.budget_tokens);
        context.drops.add_if(!wish.effort.empty(), "reasoning.effort");
    } else if (!effort.empty()) {
        thinking.set(
            way.levels ? "thinkingLevel" : "thinkingBudget",
            way.levels ? level_of(effort, context.model, way.always) : budget_of(effort, context.model, way.always)
        );
    } else if (on && !way.levels) {
        thinking.set("thinkingBudget", "-1");  // as much as the model likes
    }
    if (effort != "none") {
        thinking.set("includeThoughts", wish.summary == "false" ? "false" : "true");
    }
}

void name_the_rest(const ChatContext& context) {
    const sdk::ChatRequest& request = context.request;
    context.drops.add_if(!request.logit_bias.empty(), "logit_bias");
    context.drops.add_if(!request.verbosity.empty(), "verbosity");
    context.drops.add_if(!request.user.empty(), "user");
    context.drops.add_if(!request.metadata.empty(), "metadata");
    context.drops.add_if(!request.service_tier.empty(), "service_tier");
    context.drops.add_if(!request.prompt_cache_key.empty(), "prompt_cache_key");
}

}  // namespace

Result<void> set_config(Members& config, Members& thinking, const ChatContext& context) {
    set_sampling(config, context);
    set_logprobs(config, context);
    AIHUB_CHECK(set_format(config, context));
    set_modalities(config, context);
    set_thinking(thinking, context);
    name_the_rest(context);
    return {};
}

}  // namespace aihub::provider_google
