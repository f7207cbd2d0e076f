#include "dialect/gemini_config.hpp"

#include "dialect/gemini_member.hpp"
#include "dialect/gemini_schema.hpp"

#include <aihub/json_write.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace aihub::dialect {

namespace {

using sdk::ChatRequest;

constexpr std::array<Wish, 8> kWishes = {{
    {"temperature", &ChatRequest::temperature, JsonKind::number},
    {"topP", &ChatRequest::top_p, JsonKind::number},
    {"topK", &ChatRequest::top_k, JsonKind::number},
    {"seed", &ChatRequest::seed, JsonKind::number},
    {"presencePenalty", &ChatRequest::presence_penalty, JsonKind::number},
    {"frequencyPenalty", &ChatRequest::frequency_penalty, JsonKind::number},
    {"responseLogprobs", &ChatRequest::logprobs, JsonKind::boolean},
    {"logprobs", &ChatRequest::top_logprobs, JsonKind::number},
}};

constexpr std::array<std::string_view, 9> kRead = {
    "maxOutputTokens",
    "candidateCount",
    "stopSequences",
    "responseMimeType",
    "responseSchema",
    "responseJsonSchema",
    "_responseJsonSchema",
    "responseModalities",
    "thinkingConfig"};

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
    });
    return text;
}

Result<void> read_modalities(const JsonValue& list, const Place& place, ChatBuilder& builder) {
    const JsonText said = AIHUB_TRY(optional_texts(list, place));
    if (said.empty()) {
        return {};
    }
    sdk::JsonWriter json;
    json.begin_array();
    for (const JsonValue one : list) {
        json.value(lower(one.string_or("")));
    }
    builder.request.modalities = builder.keep(std::move(json.end_array()).text());
    return {};
}

Result<void> read_format(const JsonValue& config, const Place& place, ChatBuilder& builder) {
    const JsonValue type = gemini_member(config, "responseMimeType");
    const JsonText media = AIHUB_TRY(optional_of(JsonKind::string, type, place.member("responseMimeType")));
    auto& format = builder.request.response_format;
    const JsonValue own = gemini_member(config, "responseSchema");
    const JsonText own_schema = AIHUB_TRY(optional_of(JsonKind::object, own, place.member("responseSchema")));
    const JsonValue newer = gemini_member(config, "responseJsonSchema");
    const JsonValue schema = given(newer) ? newer : config["_responseJsonSchema"];
    const JsonText standard = AIHUB_TRY(optional_of(JsonKind::object, schema, place.member("responseJsonSchema")));
    // One word of a list, without quotes: no other format has that.
    if (media == "\"text/x.enum\"") {
        builder.add_foreign_field("generationConfig.responseMimeType", media);
        if (!own_schema.empty()) {
            builder.add_foreign_field("generationConfig.responseSchema", own_schema);
        }
        return {};
    }
    if (!standard.empty() || !own_schema.empty()) {
        format.kind = sdk::ResponseKind::json_schema;
        format.schema = standard.empty() ? builder.keep(json_schema_of(own)) : standard;
        return {};
    }
    if (media == "\"application/json\"") {
        format.kind = sdk::ResponseKind::json;
        return {};
    }
    if (!media.empty() && media != "\"text/plain\"" && media != "\"\"") {
        return invalid(place.member("responseMimeType"), "must be text/plain, application/json or text/x.enum");
    }
    return {};
}

Result<void> read_thinking_config(const JsonValue& config, const Place& place, ChatBuilder& builder) {
    AIHUB_TRY(optional_of(JsonKind::object, config, place));
    auto& into = builder.request.reasoning;
    const JsonValue budget = gemini_member(config, "thinkingBudget");
    const JsonText tokens = AIHUB_TRY(optional_of(JsonKind::number, budget, place.member("thinkingBudget")));
    if (!tokens.empty()) {
        const double count = budget.number<double>().value_or(0);
        const auto on = count < 0 ? sdk::ReasoningMode::adaptive : sdk::ReasoningMode::on;
        into.mode = count == 0 ? sdk::ReasoningMode::off : on;
        if (count > 0) {
            into.budget_tokens = AIHUB_TRY(optional_count(budget, place.member("thinkingBudget")));
        }
    }
    const JsonValue level = gemini_member(config, "thinkingLevel");
    const JsonText word = AIHUB_TRY(optional_of(JsonKind::string, level, place.member("thinkingLevel")));
    const std::string effort = lower(level.string_or(""));
    if (!word.empty() && effort != "thinking_level_unspecified") {
        into.effort = builder.keep(sdk::json_string(effort));
    }
    const JsonValue shown = gemini_member(config, "includeThoughts");
    into.summary = AIHUB_TRY(optional_of(JsonKind::boolean, shown, place.member("includeThoughts")));
    return {};
}

}  // namespace

Result<void> read_gemini_config(const JsonValue& config, const Place& place, ChatBuilder& builder) {
    AIHUB_TRY(optional_of(JsonKind::object, config, place));
    if (!given(config)) {
        return {};
    }
    auto& request = builder.request;
    for (const JsonValue member : config) {
        const std::string name = camel_case(member.key());
        const bool wish = AIHUB_TRY(take_wish(kWishes, name, member, place, request));
        if (!wish && says_something(member) && !one_of(kRead, name)) {
            builder.add_foreign_field("generationConfig." + name, member.raw());
        }
    }
    const JsonValue limit = gemini_member(config, "maxOutputTokens");
    request.max_output_tokens = AIHUB_TRY(optional_count(limit, place.member("maxOutputTokens")));
    const JsonValue count = gemini_member(config, "candidateCount");
    request.choices = AIHUB_TRY(optional_count(count, place.member("candidateCount")));
    const JsonValue stop = gemini_member(config, "stopSequences");
    request.stop = AIHUB_TRY(optional_texts(stop, place.member("stopSequences")));
    const JsonValue modalities = gemini_member(config, "responseModalities");
    AIHUB_CHECK(read_modalities(modalities, place.member("responseModalities"), builder));
    AIHUB_CHECK(read_format(config, place, builder));
    const JsonValue thinking = gemini_member(config, "thinkingConfig");
    return read_thinking_config(thinking, place.member("thinkingConfig"), builder);
}

}  // namespace aihub::dialect
