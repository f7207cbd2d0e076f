#include "dialect/anthropic_messages_reader.hpp"

#include "dialect/anthropic_blocks.hpp"
#include "dialect/thinking.hpp"

#include <array>
#include <string>

namespace aihub::dialect {

namespace {

using sdk::ChatRequest;

constexpr std::array<Wish, 4> kWishes = {{
    {"temperature", &ChatRequest::temperature, JsonKind::number},
    {"top_p", &ChatRequest::top_p, JsonKind::number},
    {"top_k", &ChatRequest::top_k, JsonKind::number},
    {"service_tier", &ChatRequest::service_tier, JsonKind::string},
}};

// Read apart below, or the gateway's own business.
constexpr std::array<std::string_view, 13> kRead = {
    "model",
    "stream",
    "anthropic_version",
    "messages",
    "system",
    "max_tokens",
    "stop_sequences",
    "metadata",
    "tools",
    "tool_choice",
    "thinking",
    "output_config",
    "output_format"};

Result<void> read_instructions(const JsonValue& system, const Place& place, ChatBuilder& builder) {
    auto blocks = AIHUB_TRY(anthropic_content(system, place, builder));
    for (ChatBlock& block : blocks) {
        if (block.kind != BlockKind::text) {
            return invalid(place, "must be text, as it instructs");
        }
        builder.instruct(std::move(block));
    }
    return {};
}

Result<void> read_message(const JsonValue& message, const Place& place, ChatBuilder& builder) {
    AIHUB_TRY(required_of(JsonKind::object, message, place));
    const JsonText role = AIHUB_TRY(required_of(JsonKind::string, message["role"], place.member("role")));
    const JsonValue content = message["content"];
    if (!given(content)) {
        return missing(place.member("content"));
    }
    if (role == "\"system\"") {
        return read_instructions(content, place.member("content"), builder);
    }
    const bool assistant = role == "\"assistant\"";
    if (!assistant && role != "\"user\"") {
        return invalid(place.member("role"), "must be user or assistant");
    }
    builder.begin(assistant ? ChatRole::assistant : ChatRole::user);
    auto blocks = AIHUB_TRY(anthropic_content(content, place.member("content"), builder));
    for (ChatBlock& block : blocks) {
        const bool misplaced = block.kind == (assistant ? BlockKind::tool_result : BlockKind::tool_call);
        if (misplaced) {
            return invalid(place.member("content"), "must have tool_use from the assistant, tool_result from the user");
        }
        builder.add(std::move(block));
    }
    return {};
}

Result<void> read_messages(const JsonValue& messages, const Place& place, ChatBuilder& builder) {
    AIHUB_TRY(required_of(JsonKind::array, messages, place));
    if (messages.size() == 0) {
        return invalid(place, "must have at least one message");
    }
    std::size_t at = 0;
    for (const JsonValue message : messages) {
        AIHUB_CHECK(read_message(message, place.element(at++), builder));
    }
    return {};
}

Result<void> read_tool(const JsonValue& tool, const Place& place, ChatBuilder& builder) {
    AIHUB_TRY(required_of(JsonKind::object, tool, place));
    const JsonText type = AIHUB_TRY(optional_of(JsonKind::string, tool["type"], place.member("type")));
    if (!type.empty() && type != "\"custom\"") {
        const JsonText name = AIHUB_TRY(optional_of(JsonKind::string, tool["name"], place.member("name")));
        builder.add_foreign_tool(name, tool.raw());
        return {};
    }
    sdk::ChatTool read;
    read.name = AIHUB_TRY(required_of(JsonKind::string, tool["name"], place.member("name")));
    if (read.name.size() <= 2) {
        return invalid(place.member("name"), "must not be empty");
    }
    read.description = AIHUB_TRY(optional_of(JsonKind::string, tool["description"], place.member("description")));
    const JsonValue schema = tool["input_schema"];
    const JsonText text = AIHUB_TRY(required_of(JsonKind::object, schema, place.member("input_schema")));
    read.parameters = schema.size() == 0 ? JsonText{} : text;
    read.strict = AIHUB_TRY(optional_of(JsonKind::boolean, tool["strict"], place.member("strict")));
    read.cache_control = AIHUB_TRY(optional_of(JsonKind::object, tool["cache_control"], place.member("cache_control")));
    builder.request.tools.push_back(read);
    return {};
}

Result<void> read_tools(const JsonValue& tools, const Place& place, ChatBuilder& builder) {
    AIHUB_TRY(optional_of(JsonKind::array, tools, place));
    std::size_t at = 0;
    for (const JsonValue tool : tools) {
        AIHUB_CHECK(read_tool(tool, place.element(at++), builder));
    }
    return {};
}

Result<void> read_tool_choice(const JsonValue& choice, const Place& place, sdk::ToolChoice& into) {
    if (!given(choice)) {
        return {};
    }
    AIHUB_TRY(required_of(JsonKind::object, choice, place));
    const JsonText type = AIHUB_TRY(required_of(JsonKind::string, choice["type"], place.member("type")));
    if (type == "\"auto\"") {
        into.mode = sdk::ToolMode::automatic;
    } else if (type == "\"any\"") {
        into.mode = sdk::ToolMode::required;
    } else if (type == "\"none\"") {
        into.mode = sdk::ToolMode::none;
    } else if (type == "\"tool\"") {
        into.mode = sdk::ToolMode::tool;
        into.name = AIHUB_TRY(required_of(JsonKind::string, choice["name"], place.member("name")));
    } else {
        return invalid(place.member("type"), "must be auto, any, tool or none");
    }
    const JsonValue one = choice["disable_parallel_tool_use"];
    AIHUB_TRY(optional_of(JsonKind::boolean, one, place.member("disable_parallel_tool_use")));
    if (given(one)) {
        into.parallel = one.boolean_or(false) ? "false" : "true";
    }
    return {};
}

// output_format is what output_config.format was called first.
Result<void> read_output(const JsonValue& root, const Place& place, ChatRequest& request) {
    const JsonValue config = root["output_config"];
    const Place at_config = place.member("output_config");
    AIHUB_TRY(optional_of(JsonKind::object, config, at_config));
    const JsonText effort = AIHUB_TRY(optional_of(JsonKind::string, config["effort"], at_config.member("effort")));
    request.reasoning.effort = effort;
    const bool nested = given(config["format"]);
    const JsonValue format = nested ? config["format"] : root["output_format"];
    const Place at = nested ? at_config.member("format") : place.member("output_format");
    if (!given(format)) {
        return {};
    }
    AIHUB_TRY(required_of(JsonKind::object, format, at));
    if (format["type"].raw() != "\"json_schema\"") {
        return invalid(at.member("type"), "must be json_schema");
    }
    request.response_format.kind = sdk::ResponseKind::json_schema;
    request.response_format.name = AIHUB_TRY(optional_of(JsonKind::string, format["name"], at.member("name")));
    request.response_format.schema = AIHUB_TRY(required_of(JsonKind::object, format["schema"], at.member("schema")));
    return {};
}

Result<void> read_thoughts(const JsonValue& thinking, const Place& place, sdk::ChatReasoning& into) {
    AIHUB_CHECK(read_thinking(thinking, place, into));
    const bool on = into.mode == sdk::ReasoningMode::on;
    return on && into.budget_tokens.empty() ? Result<void>(missing(place.member("budget_tokens"))) : Result<void>();
}

}  // namespace

Result<void> read_anthropic_messages(const JsonValue& root, ChatBuilder& builder) {
    const Place place;
    auto& request = builder.request;
    for (const JsonValue member : root) {
        const std::string name = member.key();
        const bool wish = AIHUB_TRY(take_wish(kWishes, name, member, place, request));
        if (!wish && says_something(member) && !one_of(kRead, name)) {
            builder.add_foreign_field(name, member.raw());
        }
    }
    if (given(root["thread"])) {
        return unsupported(place.member("thread"), "nothing is stored, so send the whole conversation without it");
    }
    if (!given(root["max_tokens"])) {
        return missing(place.member("max_tokens"));
    }
    request.max_output_tokens = AIHUB_TRY(optional_count(root["max_tokens"], place.member("max_tokens")));
    AIHUB_CHECK(read_instructions(root["system"], place.member("system"), builder));
    AIHUB_CHECK(read_messages(root["messages"], place.member("messages"), builder));
    AIHUB_CHECK(read_tools(root["tools"], place.member("tools"), builder));
    AIHUB_CHECK(read_tool_choice(root["tool_choice"], place.member("tool_choice"), request.tool_choice));
    AIHUB_CHECK(read_output(root, place, request));
    AIHUB_CHECK(read_thoughts(root["thinking"], place.member("thinking"), request.reasoning));
    request.stop = AIHUB_TRY(optional_texts(root["stop_sequences"], place.member("stop_sequences")));
    const JsonValue metadata = root["metadata"];
    AIHUB_TRY(optional_of(JsonKind::object, metadata, place.member("metadata")));
    const Place at_metadata = place.member("metadata");
    request.user = AIHUB_TRY(optional_of(JsonKind::string, metadata["user_id"], at_metadata.member("user_id")));
    return {};
}

}  // namespace aihub::dialect
