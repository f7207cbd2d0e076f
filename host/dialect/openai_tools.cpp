#include "dialect/openai_tools.hpp"

#include <string>

namespace aihub::dialect {

namespace {

// The object that says more: member `name` of `value`, or `value` itself.
JsonValue inner(const JsonValue& value, const char* name) {
    return value[name].is(JsonKind::object) ? value[name] : value;
}

Result<void> read_tool(const JsonValue& tool, const Place& place, ChatBuilder& builder) {
    AIHUB_TRY(required_of(JsonKind::object, tool, place));
    const JsonText type = AIHUB_TRY(optional_of(JsonKind::string, tool["type"], place.member("type")));
    if (!type.empty() && type != "\"function\"") {
        const JsonValue name = inner(tool, "custom")["name"];
        builder.add_foreign_tool(name.is(JsonKind::string) ? name.raw() : JsonText{}, tool.raw());
        return {};
    }
    const JsonValue function = inner(tool, "function");
    const Place nested = place.member("function");
    const Place& at = tool["function"].is(JsonKind::object) ? nested : place;
    sdk::ChatTool read;
    read.name = AIHUB_TRY(required_of(JsonKind::string, function["name"], at.member("name")));
    if (read.name.size() <= 2) {
        return invalid(at.member("name"), "must not be empty");
    }
    read.description = AIHUB_TRY(optional_of(JsonKind::string, function["description"], at.member("description")));
    const JsonValue parameters = function["parameters"];
    const JsonText schema = AIHUB_TRY(optional_of(JsonKind::object, parameters, at.member("parameters")));
    read.parameters = parameters.size() == 0 ? JsonText{} : schema;
    read.strict = AIHUB_TRY(optional_of(JsonKind::boolean, function["strict"], at.member("strict")));
    read.cache_control = AIHUB_TRY(optional_of(JsonKind::object, tool["cache_control"], place.member("cache_control")));
    builder.request.tools.push_back(read);
    return {};
}

sdk::ToolMode mode_of(std::string_view word) {
    if (word == "\"auto\"") {
        return sdk::ToolMode::automatic;
    }
    if (word == "\"none\"") {
        return sdk::ToolMode::none;
    }
    return word == "\"required\"" || word == "\"any\"" ? sdk::ToolMode::required : sdk::ToolMode::unset;
}

Result<void> read_allowed(const JsonValue& choice, const Place& place, sdk::ToolChoice& into) {
    const JsonValue allowed = inner(choice, "allowed_tools");
    into.mode = mode_of(allowed["mode"].raw());
    if (into.mode == sdk::ToolMode::unset) {
        return invalid(place.member("mode"), "must be auto or required");
    }
    AIHUB_TRY(required_of(JsonKind::array, allowed["tools"], place.member("tools")));
    const Place at_tools = place.member("tools");
    std::size_t at = 0;
    for (const JsonValue tool : allowed["tools"]) {
        const JsonValue name = inner(tool, "function")["name"];
        if (given(name)) {
            into.allowed.push_back(AIHUB_TRY(required_of(JsonKind::string, name, at_tools.element(at).member("name"))));
        }
        ++at;
    }
    return {};
}

}  // namespace

Result<void> read_openai_tools(const JsonValue& tools, const Place& place, ChatBuilder& builder) {
    AIHUB_TRY(optional_of(JsonKind::array, tools, place));
    builder.request.tools.reserve(tools.size());
    std::size_t at = 0;
    for (const JsonValue tool : tools) {
        AIHUB_CHECK(read_tool(tool, place.element(at++), builder));
    }
    return {};
}

Result<void> read_openai_tool_choice(const JsonValue& choice, const Place& place, ChatBuilder& builder) {
    auto& into = builder.request.tool_choice;
    if (!given(choice)) {
        return {};
    }
    if (choice.is(JsonKind::string)) {
        into.mode = mode_of(choice.raw());
        return into.mode == sdk::ToolMode::unset
                   ? Result<void>(invalid(place, "must be auto, none, required, or name a function"))
                   : Result<void>();
    }
    AIHUB_TRY(required_of(JsonKind::object, choice, place));
    const JsonText type = AIHUB_TRY(required_of(JsonKind::string, choice["type"], place.member("type")));
    if (type == "\"allowed_tools\"") {
        return read_allowed(choice, place, into);
    }
    if (type != "\"function\"" && type != "\"custom\"") {
        builder.add_foreign_field("tool_choice", choice.raw());
        return {};
    }
    const JsonValue name = inner(choice, type == "\"custom\"" ? "custom" : "function")["name"];
    into.name = AIHUB_TRY(required_of(JsonKind::string, name, place.member("function").member("name")));
    into.mode = sdk::ToolMode::tool;
    return {};
}

Result<void> read_openai_response_format(const JsonValue& format, const Place& place, sdk::ResponseFormat& into) {
    if (!given(format)) {
        return {};
    }
    AIHUB_TRY(required_of(JsonKind::object, format, place));
    const JsonText type = AIHUB_TRY(required_of(JsonKind::string, format["type"], place.member("type")));
    if (type == "\"text\"") {
        into.kind = sdk::ResponseKind::text;
        return {};
    }
    if (type == "\"json_object\"") {
        into.kind = sdk::ResponseKind::json;
        return {};
    }
    if (type != "\"json_schema\"") {
        return invalid(place.member("type"), "must be text, json_object or json_schema");
    }
    const JsonValue said = inner(format, "json_schema");
    const Place nested = place.member("json_schema");
    const Place& at = format["json_schema"].is(JsonKind::object) ? nested : place;
    into.kind = sdk::ResponseKind::json_schema;
    into.name = AIHUB_TRY(optional_of(JsonKind::string, said["name"], at.member("name")));
    into.description = AIHUB_TRY(optional_of(JsonKind::string, said["description"], at.member("description")));
    into.schema = AIHUB_TRY(required_of(JsonKind::object, said["schema"], at.member("schema")));
    into.strict = AIHUB_TRY(optional_of(JsonKind::boolean, said["strict"], at.member("strict")));
    return {};
}

Result<void> read_openai_stop(const JsonValue& stop, const Place& place, ChatBuilder& builder) {
    if (!stop.is(JsonKind::string)) {
        builder.request.stop = AIHUB_TRY(optional_texts(stop, place));
        return {};
    }
    if (stop.raw().size() > 2) {
        builder.request.stop = builder.keep("[" + std::string(stop.raw()) + "]");
    }
    return {};
}

}  // namespace aihub::dialect
