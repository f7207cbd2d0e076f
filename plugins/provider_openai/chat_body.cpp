#include "chat_body.hpp"

#include "body_patch.hpp"
#include "chat_options.hpp"
#include "raw_json.hpp"

#include <aihub/chat_read.hpp>

namespace aihub::provider_openai {
namespace {

using sdk::ChatTool;
using sdk::JsonText;
using sdk::ToolMode;

std::string wire_name(JsonText name, ChatWire& wire) {
    return wire.names.to_wire(unquoted(name));
}

void write_function(sdk::JsonWriter& json, const ChatTool& tool, ChatWire& wire) {
    json.begin_object().field("type", "function").key("function").begin_object();
    json.field("name", wire_name(tool.name, wire));
    if (!tool.description.empty()) {
        json.key("description").raw(tool.description);
    }
    json.key("parameters").raw(tool.parameters.empty() ? R"({"type":"object","properties":{}})" : tool.parameters);
    if (!tool.strict.empty()) {
        json.key("strict").raw(tool.strict);
    }
    json.end_object();
    if (!tool.cache_control.empty() && wire.style.send_cache_control) {
        json.key("cache_control").raw(tool.cache_control);
    }
    json.end_object();
}

// Tools of a provider's own are only for the format that they come from.
std::vector<const ChatTool*> tools_here(const std::vector<ChatTool>& tools, ChatWire& wire) {
    std::vector<const ChatTool*> here;
    for (const ChatTool& tool : tools) {
        if (!tool.value.empty() && tool.origin != kOwnFormat) {
            const auto value = sdk::JsonDocument::parse(tool.value);
            wire.dropped.say("tools." + (value ? value->root()["type"].string_or("provider") : "provider"));
            continue;
        }
        if (!tool.cache_control.empty() && !wire.style.send_cache_control) {
            wire.dropped.say("cache_control");
        }
        here.push_back(&tool);
    }
    return here;
}

void write_named(sdk::JsonWriter& json, JsonText name, ChatWire& wire) {
    json.begin_object().field("type", "function").key("function").begin_object();
    json.field("name", wire_name(name, wire)).end_object().end_object();
}

void write_choice(sdk::JsonWriter& json, const sdk::ToolChoice& choice, ChatWire& wire) {
    const bool required = choice.mode == ToolMode::required;
    if (!choice.allowed.empty() && choice.mode != ToolMode::none && choice.mode != ToolMode::tool) {
        json.key("tool_choice").begin_object().field("type", "allowed_tools").key("allowed_tools").begin_object();
        json.field("mode", required ? "required" : "auto").key("tools").begin_array();
        for (const JsonText name : choice.allowed) {
            write_named(json, name, wire);
        }
        json.end_array().end_object().end_object();
        return;
    }
    switch (choice.mode) {
        case ToolMode::unset:
            return;
        case ToolMode::tool:
            json.key("tool_choice");
            write_named(json, choice.name, wire);
            return;
        case ToolMode::none:
            json.field("tool_choice", "none");
            return;
        default:
            json.field("tool_choice", required ? "required" : "auto");
    }
}

// A choice without tools is refused.
void write_tools(sdk::JsonWriter& json, const sdk::ChatRequest& chat, ChatWire& wire) {
    const auto tools = tools_here(chat.tools, wire);
    if (tools.empty()) {
        return;
    }
    wire.has_tools = true;
    json.key("tools").begin_array();
    for (const ChatTool* tool : tools) {
        if (tool->value.empty()) {
            write_function(json, *tool, wire);
        } else {
            json.raw(tool->value);
        }
    }
    json.end_array();
    write_choice(json, chat.tool_choice, wire);
    if (chat.tool_choice.parallel.empty()) {
        return;
    }
    if (wire.traits.family == ModelTraits::Family::o_series || wire.style.refuses("parallel_tool_calls")) {
        wire.dropped.say("parallel");
        return;
    }
    json.key("parallel_tool_calls").raw(chat.tool_choice.parallel);
}

}  // namespace

Result<std::string> chat_body(const sdk::Request& request, AskUsage ask, ChatWire& wire) {
    const sdk::ChatRequest chat = AIHUB_TRY(sdk::read_chat(request.body()));
    wire.traits.learn(chat.model_facts);
    sdk::JsonWriter json;
    json.begin_object().field("model", request.model());
    if (!write_messages(json, chat, wire)) {
        return Error{Errc::invalid_request, "the chat has no message that this provider can be told; add a text"};
    }
    write_tools(json, chat, wire);
    write_options(json, chat, wire);
    if (request.stream()) {
        json.field("stream", true);
    }
    if (ask == AskUsage::yes) {
        json.key("stream_options").begin_object().field("include_usage", true).end_object();
    }
    json.end_object();
    return std::move(json).text();
}

}  // namespace aihub::provider_openai
