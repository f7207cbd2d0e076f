// How one service wants a chat that comes in the canonical form.
#pragma once

#include <aihub/json_read.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace aihub::provider_openai {

// Settings; plugin.json says what each is for.
struct ChatStyle {
    std::string system_role = "auto";
    std::string max_tokens_field = "auto";
    std::string tool_id_style = "any";
    std::string reasoning_effort = "auto";
    std::string seed_field = "seed";
    bool send_reasoning = false;
    bool send_top_k = false;
    bool send_cache_control = false;
    std::vector<std::string> refused_fields;

    static ChatStyle read(const sdk::JsonValue& settings);

    [[nodiscard]] bool refuses(std::string_view member) const;
};

}  // namespace aihub::provider_openai
