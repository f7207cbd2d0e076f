#include "chat_tools.hpp"

#include <aihub/json_read.hpp>

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace aihub::provider_anthropic {
namespace {

using sdk::ChatTool;
using sdk::ToolMode;

constexpr std::string_view kNoParameters = R"({"type":"object","properties":{}})";

// The API wants the type said.
std::string schema_of(sdk::JsonText parameters) {
    const auto read = sdk::JsonDocument::parse(parameters);
    if (!read || !read->root().is(sdk::JsonKind::object) || read->root().size() == 0) {
        return std::string(kNoParameters);
    }
    if (read->root()["type"]) {
        return std::string(parameters);
    }
    return R"({"type":"object",)" + std::string(parameters.substr(parameters.find('{') + 1));
}

}  // namespace

ChatTools::ChatTools(const sdk::ChatRequest& chat, WireNames& names, Dropped& dropped, std::string answer_tool)
    : chat_(chat), names_(names), answer_tool_(std::move(answer_tool)) {
    std::unordered_set<std::string> allowed;
    for (const sdk::JsonText name : chat.tool_choice.allowed) {
        allowed.insert(plain(name));
    }
    for (const ChatTool& tool : chat.tools) {
        const bool foreign = !tool.value.empty() && !is_own(tool.origin);
        if (foreign) {
            dropped.add(type_of(tool.value, plain(tool.origin)));
            continue;
        }
        const bool filtered = !allowed.empty() && tool.value.empty();
        if (!filtered || allowed.contains(plain(tool.name))) {
            tools_.push_back(&tool);
        }
    }
}

bool ChatTools::forced() const {
    const ToolMode mode = chat_.tool_choice.mode;
    return !answer_tool_.empty() || (!tools_.empty() && (mode == ToolMode::required || mode == ToolMode::tool));
}

void ChatTools::write(sdk::JsonWriter& json) {
    if (tools_.empty() && answer_tool_.empty()) {
        return;
    }
    json.key("tools").begin_array();
    for (const ChatTool* tool : tools_) {
        write_tool(json, *tool);
    }
    if (!answer_tool_.empty()) {
        write_answer_tool(json);
    }
    json.end_array();
    write_choice(json);
}

void ChatTools::write_tool(sdk::JsonWriter& json, const ChatTool& tool) {
    if (!tool.value.empty()) {
        json.raw(tool.value);
        return;
    }
    json.begin_object().key("name").raw(names_.tool(tool.name));
    if (!is_blank(tool.description)) {
        json.key("description").raw(tool.description);
    }
    json.key("input_schema").raw(schema_of(tool.parameters));
    if (tool.strict == "true") {
        json.field("strict", true);
    }
    if (!tool.cache_control.empty()) {
        json.key("cache_control").raw(tool.cache_control);
    }
    json.end_object();
}

void ChatTools::write_answer_tool(sdk::JsonWriter& json) const {
    const sdk::ResponseFormat& format = chat_.response_format;
    json.begin_object().field("name", answer_tool_).key("description");
    if (is_blank(format.description)) {
        json.value("Gives the final answer. Call it exactly once, with the whole answer as its input.");
    } else {
        json.raw(format.description);
    }
    json.key("input_schema").raw(schema_of(format.schema)).end_object();
}

void ChatTools::write_choice(sdk::JsonWriter& json) {
    const sdk::ToolChoice& choice = chat_.tool_choice;
    const bool one = choice.parallel == "false";
    if (!answer_tool_.empty()) {
        const bool only = tools_.empty() || choice.mode == ToolMode::none;
        json.key("tool_choice").begin_object().field("type", only ? "tool" : "any");
        if (only) {
            json.field("name", answer_tool_);
        }
        json.field("disable_parallel_tool_use", true).end_object();
        return;
    }
    if (choice.mode == ToolMode::unset && !one) {
        return;
    }
    constexpr std::string_view kTypes[] = {"auto", "auto", "any", "none", "tool"};
    json.key("tool_choice").begin_object().field("type", kTypes[static_cast<std::size_t>(choice.mode)]);
    if (choice.mode == ToolMode::tool) {
        json.key("name").raw(names_.tool(choice.name));
    }
    if (one && choice.mode != ToolMode::none) {
        json.field("disable_parallel_tool_use", true);
    }
    json.end_object();
}

}  // namespace aihub::provider_anthropic
