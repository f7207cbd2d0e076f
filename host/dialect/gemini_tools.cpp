#include "dialect/gemini_tools.hpp"

#include "dialect/gemini_member.hpp"
#include "dialect/gemini_schema.hpp"

#include <aihub/json_write.hpp>

#include <string>

namespace aihub::dialect {

namespace {

Result<void> read_function(const JsonValue& function, const Place& place, ChatBuilder& builder) {
    AIHUB_TRY(required_of(JsonKind::object, function, place));
    sdk::ChatTool tool;
    tool.name = AIHUB_TRY(required_of(JsonKind::string, function["name"], place.member("name")));
    if (tool.name.size() <= 2) {
        return invalid(place.member("name"), "must not be empty");
    }
    tool.description = AIHUB_TRY(optional_of(JsonKind::string, function["description"], place.member("description")));
    const JsonValue standard = gemini_member(function, "parametersJsonSchema");
    const Place at_standard = place.member("parametersJsonSchema");
    const JsonText schema = AIHUB_TRY(optional_of(JsonKind::object, standard, at_standard));
    const JsonValue own = function["parameters"];
    AIHUB_TRY(optional_of(JsonKind::object, own, place.member("parameters")));
    if (standard.size() > 0) {
        tool.parameters = schema;
    } else if (own.size() > 0) {
        tool.parameters = builder.keep(json_schema_of(own));
    }
    builder.request.tools.push_back(tool);
    return {};
}

Result<void> read_tool(const JsonValue& tool, const Place& place, ChatBuilder& builder) {
    AIHUB_TRY(required_of(JsonKind::object, tool, place));
    for (const JsonValue member : tool) {
        const std::string name = camel_case(member.key());
        if (!given(member)) {
            continue;
        }
        if (name != "functionDeclarations") {
            std::string own = "{" + sdk::json_string(name) + ":";
            own.append(member.raw()).append("}");
            builder.add_foreign_tool({}, builder.keep(std::move(own)));
            continue;
        }
        const Place at_functions = place.member(name);
        AIHUB_TRY(required_of(JsonKind::array, member, at_functions));
        std::size_t at = 0;
        for (const JsonValue function : member) {
            AIHUB_CHECK(read_function(function, at_functions.element(at++), builder));
        }
    }
    return {};
}

sdk::ToolMode mode_of(std::string_view word) {
    if (word == "ANY" || word == "any") {
        return sdk::ToolMode::required;
    }
    if (word == "NONE" || word == "none") {
        return sdk::ToolMode::none;
    }
    const bool automatic = word == "AUTO" || word == "auto" || word == "VALIDATED" || word == "validated";
    return automatic ? sdk::ToolMode::automatic : sdk::ToolMode::unset;
}

Result<void> read_calling(const JsonValue& calling, const Place& place, sdk::ToolChoice& into) {
    AIHUB_TRY(required_of(JsonKind::object, calling, place));
    const JsonText mode = AIHUB_TRY(optional_of(JsonKind::string, calling["mode"], place.member("mode")));
    const std::string word = calling["mode"].string_or("MODE_UNSPECIFIED");
    into.mode = mode_of(word);
    if (!mode.empty() && into.mode == sdk::ToolMode::unset && word != "MODE_UNSPECIFIED") {
        return invalid(place.member("mode"), "must be AUTO, ANY, NONE or VALIDATED");
    }
    const JsonValue names = gemini_member(calling, "allowedFunctionNames");
    AIHUB_TRY(optional_texts(names, place.member("allowedFunctionNames")));
    if (into.mode == sdk::ToolMode::required && names.size() == 1) {
        into.mode = sdk::ToolMode::tool;
        into.name = names[0].raw();
        return {};
    }
    into.allowed.reserve(names.size());
    for (const JsonValue name : names) {
        into.allowed.push_back(name.raw());
    }
    return {};
}

}  // namespace

Result<void> read_gemini_tools(const JsonValue& tools, const Place& place, ChatBuilder& builder) {
    AIHUB_TRY(optional_of(JsonKind::array, tools, place));
    std::size_t at = 0;
    for (const JsonValue tool : tools) {
        AIHUB_CHECK(read_tool(tool, place.element(at++), builder));
    }
    return {};
}

Result<void> read_gemini_tool_config(const JsonValue& config, const Place& place, ChatBuilder& builder) {
    AIHUB_TRY(optional_of(JsonKind::object, config, place));
    if (!given(config)) {
        return {};
    }
    for (const JsonValue member : config) {
        const std::string name = camel_case(member.key());
        if (!given(member)) {
            continue;
        }
        if (name == "functionCallingConfig") {
            AIHUB_CHECK(read_calling(member, place.member(name), builder.request.tool_choice));
            continue;
        }
        builder.add_foreign_field("toolConfig." + name, member.raw());
    }
    return {};
}

}  // namespace aihub::dialect
