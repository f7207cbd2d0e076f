#include "chat_style.hpp"

#include <algorithm>

namespace aihub::provider_openai {

ChatStyle ChatStyle::read(const sdk::JsonValue& settings) {
    ChatStyle style;
    style.system_role = settings["system_role"].string_or(style.system_role);
    style.max_tokens_field = settings["max_tokens_field"].string_or(style.max_tokens_field);
    style.tool_id_style = settings["tool_id_style"].string_or(style.tool_id_style);
    style.reasoning_effort = settings["reasoning_effort"].string_or(style.reasoning_effort);
    style.seed_field = settings["seed_field"].string_or(style.seed_field);
    style.send_reasoning = settings["send_reasoning"].boolean_or(false);
    style.send_top_k = settings["send_top_k"].boolean_or(false);
    style.send_cache_control = settings["send_cache_control"].boolean_or(false);
    for (const sdk::JsonValue member : settings["refused_fields"]) {
        style.refused_fields.push_back(member.string_or(""));
    }
    return style;
}

bool ChatStyle::refuses(std::string_view member) const {
    return std::ranges::find(refused_fields, member) != refused_fields.end();
}

}  // namespace aihub::provider_openai
