#include "chat_tools.hpp"

#include "schema_subset.hpp"

#include <aihub/json_write.hpp>

#include <unordered_set>
#include <vector>

namespace aihub::provider_google {
namespace {

using sdk::ChatTool;
using sdk::JsonText;
using sdk::ToolMode;

// With AUTO Gemini takes no list of names: the others are not declared then.
std::vector<const ChatTool*> tools_to_declare(const ChatContext& context) {
    const sdk::ToolChoice& choice = context.request.tool_choice;
    const bool all = choice.allowed.empty() || choice.mode == ToolMode::required || choice.mode == ToolMode::tool;
    const std::unordered_set<JsonText> allowed(choice.allowed.begin(), choice.allowed.end());
    std::vector<const ChatTool*> declared;
    for (const ChatTool& tool : context.request.tools) {
        if (tool.value.empty() && (all || allowed.contains(tool.name))) {
            declared.push_back(&tool);
        }
    }
    return declared;
}

Result<void> write_parameters(sdk::JsonWriter& json, const ChatTool& tool, const ChatContext& context) {
    if (tool.parameters.empty()) {
        return {};
    }
    if (!context.schema_subset) {
        json.key("parametersJsonSchema").raw(tool.parameters);
        return {};
    }
    const std::string cut = AIHUB_TRY(schema_subset(tool.parameters, "tool " + plain(tool.name), context.schemas));
    if (!cut.empty()) {
        json.key("parameters").raw(cut);
    }
    return {};
}

Result<void> write_declaration(sdk::JsonWriter& json, const ChatTool& tool, const ChatContext& context) {
    context.drops.add_if(tool.strict == "true", "strict");
    context.drops.add_if(!tool.cache_control.empty(), "cache_control");
    json.begin_object().field("name", context.names.outward(plain(tool.name)));
    if (!inner(tool.description).empty()) {
        json.key("description").raw(tool.description);
    }
    AIHUB_CHECK(write_parameters(json, tool, context));
    json.end_object();
    return {};
}

}  // namespace

Result<std::string> make_tools(const ChatContext& context) {
    const auto& tools = context.request.tools;
    const auto declared = tools_to_declare(context);
    sdk::JsonWriter json;
    json.begin_array();
    bool any = !declared.empty();
    if (any) {
        json.begin_object().key("functionDeclarations").begin_array();
        for (const ChatTool* tool : declared) {
            AIHUB_CHECK(write_declaration(json, *tool, context));
        }
        json.end_array().end_object();
    }
    for (const ChatTool& tool : tools) {
        if (tool.value.empty()) {
            continue;
        }
        if (!is_ours(tool.origin)) {
            context.drops.add("tools");
            continue;
        }
        json.raw(tool.value);
        any = true;
    }
    json.end_array();
    return any ? std::move(json).text() : std::string();
}

void set_tool_choice(Members& tool_config, const ChatContext& context) {
    const sdk::ToolChoice& choice = context.request.tool_choice;
    context.drops.add_if(choice.parallel == "false", "tool_choice.parallel");
    if (choice.mode == ToolMode::unset) {
        return;
    }
    const auto& tools = context.request.tools;
    if (std::ranges::none_of(tools, [](const ChatTool& tool) { return tool.value.empty(); })) {
        const bool forced = choice.mode == ToolMode::required || choice.mode == ToolMode::tool;
        context.drops.add_if(forced, "tool_choice");
        return;
    }
    sdk::JsonWriter json;
    const bool forced = choice.mode == ToolMode::required || choice.mode == ToolMode::tool;
    json.begin_object().field("mode", forced ? "ANY" : choice.mode == ToolMode::none ? "NONE" : "AUTO");
    const bool named = choice.mode == ToolMode::tool && !choice.name.empty();
    if (named || (forced && !choice.allowed.empty())) {
        json.key("allowedFunctionNames").begin_array();
        for (const JsonText name : named ? std::vector<JsonText>{choice.name} : choice.allowed) {
            json.value(context.names.outward(plain(name)));
        }
        json.end_array();
    }
    json.end_object();
    tool_config.set("functionCallingConfig", json.text());
}

}  // namespace aihub::provider_google
