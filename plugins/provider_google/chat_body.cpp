#include "chat_body.hpp"

#include "chat_config.hpp"
#include "chat_parts.hpp"
#include "chat_tools.hpp"
#include "members.hpp"

#include <aihub/json_write.hpp>

namespace aihub::provider_google {
namespace {

struct Parts {
    Members body;  // beside contents and tools
    Members tool_config;
    Members config;
    Members thinking;
};

// Fields that came in Gemini's own words stand as they are, in front of what was made here.
void set_own_fields(Parts& parts, const ChatContext& context) {
    struct Place {
        std::string_view prefix;
        Members* into;
    };
    const Place places[] = {
        {"generationConfig.thinkingConfig.", &parts.thinking},
        {"generationConfig.", &parts.config},
        {"toolConfig.", &parts.tool_config},
        {"", &parts.body}};
    for (const sdk::ProviderField& field : context.request.provider_fields) {
        std::string name = plain(field.name);
        if (!is_ours(field.origin)) {
            context.drops.add(name);
            continue;
        }
        for (const Place& place : places) {
            if (!name.starts_with(place.prefix)) {
                continue;
            }
            const std::string_view rest = std::string_view(name).substr(place.prefix.size());
            if (rest.empty() || rest.find('.') != std::string_view::npos) {
                context.drops.add(name);
            } else {
                place.into->set(rest, field.value);
            }
            break;
        }
    }
}

}  // namespace

Result<std::string> make_chat_body(const ChatContext& context) {
    Parts parts;
    set_tool_choice(parts.tool_config, context);
    AIHUB_CHECK(set_config(parts.config, parts.thinking, context));
    set_own_fields(parts, context);
    if (!parts.thinking.empty() && !parts.config.has("thinkingConfig")) {
        parts.config.set("thinkingConfig", parts.thinking.text());
    }
    sdk::JsonWriter json;
    json.begin_object();
    AIHUB_CHECK(write_contents(json, context));
    if (const std::string tools = AIHUB_TRY(make_tools(context)); !tools.empty()) {
        json.key("tools").raw(tools);
    }
    const auto add = [&](std::string_view name, const Members& members) {
        if (!members.empty() && !parts.body.has(name)) {
            json.key(name).raw(members.text());
        }
    };
    add("toolConfig", parts.tool_config);
    add("generationConfig", parts.config);
    parts.body.each([&](std::string_view name, std::string_view value) {
        if (name != "contents" && name != "tools" && name != "systemInstruction") {
            json.key(name).raw(value);
        }
    });
    json.end_object();
    return std::move(json).text();
}

}  // namespace aihub::provider_google
