// Which member of the canonical form stands for which field: one table for reading and for writing.
#pragma once

#include <aihub/chat.hpp>

#include <array>
#include <cstddef>
#include <string_view>

namespace aihub::sdk::chat_fields {

template <class Struct>
struct Field {
    std::string_view name;
    JsonText Struct::*member;
};

inline constexpr std::array<Field<ChatBlock>, 16> kBlock = {{
    {"text", &ChatBlock::text},
    {"signature", &ChatBlock::signature},
    {"redacted", &ChatBlock::redacted},
    {"media_type", &ChatBlock::media_type},
    {"data", &ChatBlock::data},
    {"url", &ChatBlock::url},
    {"file_id", &ChatBlock::file_id},
    {"title", &ChatBlock::title},
    {"detail", &ChatBlock::detail},
    {"id", &ChatBlock::id},
    {"name", &ChatBlock::name},
    {"arguments", &ChatBlock::arguments},
    {"cache_control", &ChatBlock::cache_control},
    {"citations", &ChatBlock::citations},
    {"origin", &ChatBlock::origin},
    {"value", &ChatBlock::value},
}};

inline constexpr std::array<Field<ChatTool>, 7> kTool = {{
    {"name", &ChatTool::name},
    {"description", &ChatTool::description},
    {"parameters", &ChatTool::parameters},
    {"strict", &ChatTool::strict},
    {"cache_control", &ChatTool::cache_control},
    {"origin", &ChatTool::origin},
    {"value", &ChatTool::value},
}};

inline constexpr std::array<Field<ResponseFormat>, 4> kResponse = {{
    {"name", &ResponseFormat::name},
    {"description", &ResponseFormat::description},
    {"schema", &ResponseFormat::schema},
    {"strict", &ResponseFormat::strict},
}};

inline constexpr std::array<Field<ChatReasoning>, 3> kReasoning = {{
    {"effort", &ChatReasoning::effort},
    {"budget_tokens", &ChatReasoning::budget_tokens},
    {"summary", &ChatReasoning::summary},
}};

inline constexpr std::array<Field<ProviderField>, 3> kProvider = {{
    {"origin", &ProviderField::origin},
    {"name", &ProviderField::name},
    {"value", &ProviderField::value},
}};

inline constexpr std::array<Field<ModelFacts>, 3> kFacts = {{
    {"context_tokens", &ModelFacts::context_tokens},
    {"output_tokens_max", &ModelFacts::output_tokens_max},
    {"reasoning", &ModelFacts::reasoning},
}};

inline constexpr std::array<Field<ChatRequest>, 18> kRequest = {{
    {"max_output_tokens", &ChatRequest::max_output_tokens},
    {"temperature", &ChatRequest::temperature},
    {"top_p", &ChatRequest::top_p},
    {"top_k", &ChatRequest::top_k},
    {"stop", &ChatRequest::stop},
    {"seed", &ChatRequest::seed},
    {"choices", &ChatRequest::choices},
    {"presence_penalty", &ChatRequest::presence_penalty},
    {"frequency_penalty", &ChatRequest::frequency_penalty},
    {"logprobs", &ChatRequest::logprobs},
    {"top_logprobs", &ChatRequest::top_logprobs},
    {"logit_bias", &ChatRequest::logit_bias},
    {"modalities", &ChatRequest::modalities},
    {"verbosity", &ChatRequest::verbosity},
    {"user", &ChatRequest::user},
    {"metadata", &ChatRequest::metadata},
    {"service_tier", &ChatRequest::service_tier},
    {"prompt_cache_key", &ChatRequest::prompt_cache_key},
}};

// The fields of `value` that are there, as on_field(name, json).
template <class Struct, std::size_t Count, class OnField>
void each(const std::array<Field<Struct>, Count>& fields, const Struct& value, OnField&& on_field) {
    for (const auto& field : fields) {
        if (const JsonText json = value.*field.member; !json.empty()) {
            on_field(field.name, json);
        }
    }
}

// Sets the field of that name. False: there is none.
template <class Struct, std::size_t Count>
bool set(const std::array<Field<Struct>, Count>& fields, Struct& value, std::string_view name, JsonText json) {
    for (const auto& field : fields) {
        if (field.name == name) {
            value.*field.member = json;
            return true;
        }
    }
    return false;
}

}  // namespace aihub::sdk::chat_fields
