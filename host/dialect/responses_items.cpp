#include "dialect/responses_items.hpp"

#include "dialect/call_arguments.hpp"
#include "dialect/openai_content.hpp"

#include <array>
#include <string>

namespace aihub::dialect {

namespace {

Result<void> add_message(const JsonValue& item, const Place& place, ChatBuilder& builder) {
    const JsonText role = AIHUB_TRY(required_of(JsonKind::string, item["role"], place.member("role")));
    if (!given(item["content"])) {
        return missing(place.member("content"));
    }
    const Place at_content = place.member("content");
    auto blocks = AIHUB_TRY(openai_content(item["content"], at_content, builder, UnknownParts::foreign));
    if (role == "\"system\"" || role == "\"developer\"") {
        for (ChatBlock& block : blocks) {
            if (block.kind != BlockKind::text) {
                return invalid(at_content, "must be text, as it instructs");
            }
            builder.instruct(std::move(block));
        }
        return {};
    }
    const bool assistant = role == "\"assistant\"";
    if (!assistant && role != "\"user\"") {
        return invalid(place.member("role"), "must be user, assistant, system or developer");
    }
    builder.begin(assistant ? ChatRole::assistant : ChatRole::user);
    for (ChatBlock& block : blocks) {
        builder.add(std::move(block));
    }
    return {};
}

Result<void> add_call(const JsonValue& item, const Place& place, ChatBuilder& builder) {
    const bool custom = item["type"].raw() == "\"custom_tool_call\"";
    ChatBlock block;
    block.kind = BlockKind::tool_call;
    block.id = AIHUB_TRY(required_of(JsonKind::string, item["call_id"], place.member("call_id")));
    block.name = AIHUB_TRY(required_of(JsonKind::string, item["name"], place.member("name")));
    block.arguments = call_arguments(item[custom ? "input" : "arguments"], builder);
    builder.begin(ChatRole::assistant);
    builder.add(std::move(block));
    return {};
}

Result<void> add_output(const JsonValue& item, const Place& place, ChatBuilder& builder) {
    ChatBlock block;
    block.kind = BlockKind::tool_result;
    block.id = AIHUB_TRY(required_of(JsonKind::string, item["call_id"], place.member("call_id")));
    block.content = AIHUB_TRY(openai_content(item["output"], place.member("output"), builder, UnknownParts::foreign));
    builder.begin(ChatRole::user);
    builder.add(std::move(block));
    return {};
}

// The strings of the parts as one. What stands between the quotes can be put side by side without reading it.
Result<bool> join(const JsonValue& parts, const Place& place, std::string& words) {
    AIHUB_TRY(optional_of(JsonKind::array, parts, place));
    std::size_t at = 0;
    for (const JsonValue part : parts) {
        const Place at_part = place.element(at++);
        const JsonText text = AIHUB_TRY(required_of(JsonKind::string, part["text"], at_part.member("text")));
        words.append(words.size() > 1 ? "\\n\\n" : "").append(text.substr(1, text.size() - 2));
    }
    return at > 0;
}

Result<void> add_reasoning(const JsonValue& item, const Place& place, ChatBuilder& builder) {
    ChatBlock block;
    block.kind = BlockKind::reasoning;
    std::string words = "\"";
    bool said = AIHUB_TRY(join(item["content"], place.member("content"), words));
    if (!said) {
        said = AIHUB_TRY(join(item["summary"], place.member("summary"), words));
    }
    const JsonValue encrypted = item["encrypted_content"];
    const JsonText sealed = AIHUB_TRY(optional_of(JsonKind::string, encrypted, place.member("encrypted_content")));
    if (!said && sealed.empty()) {
        return {};
    }
    if (said) {
        block.text = builder.keep(words + "\"");
        block.signature = sealed;
    } else {
        block.redacted = sealed;
    }
    builder.begin(ChatRole::assistant);
    builder.add(std::move(block));
    return {};
}

// Of the format's own tools: what they were asked was said by the model, what they found by the client.
void add_foreign(const JsonValue& item, std::string_view type, ChatBuilder& builder) {
    const bool answer = type.ends_with("_output\"") || type.ends_with("_response\"");
    builder.begin(answer ? ChatRole::user : ChatRole::assistant);
    builder.add(builder.foreign(item.raw()));
}

struct ItemType {
    std::string_view type;
    Result<void> (*read)(const JsonValue&, const Place&, ChatBuilder&);
};

constexpr std::array<ItemType, 6> kTypes = {{
    {"\"message\"", add_message},
    {"\"function_call\"", add_call},
    {"\"custom_tool_call\"", add_call},
    {"\"function_call_output\"", add_output},
    {"\"custom_tool_call_output\"", add_output},
    {"\"reasoning\"", add_reasoning},
}};

Result<void> add_item(const JsonValue& item, const Place& place, ChatBuilder& builder) {
    AIHUB_TRY(required_of(JsonKind::object, item, place));
    const JsonText said = AIHUB_TRY(optional_of(JsonKind::string, item["type"], place.member("type")));
    const bool reference = said.empty() && !given(item["role"]) && given(item["id"]);
    if (reference || said == "\"item_reference\"") {
        return unsupported(place, "nothing is stored, so send the item itself");
    }
    const JsonText type = said.empty() ? "\"message\"" : said;
    for (const ItemType& known : kTypes) {
        if (known.type == type) {
            return known.read(item, place, builder);
        }
    }
    add_foreign(item, type, builder);
    return {};
}

}  // namespace

Result<void> read_responses_input(const JsonValue& input, const Place& place, ChatBuilder& builder) {
    if (!given(input)) {
        return missing(place);
    }
    if (input.is(JsonKind::string)) {
        builder.begin(ChatRole::user);
        builder.add(text_block(BlockKind::text, input.raw()));
        return {};
    }
    if (!input.is(JsonKind::array)) {
        return invalid(place, "must be a string or an array of items");
    }
    if (input.size() == 0) {
        return invalid(place, "must have at least one item");
    }
    std::size_t at = 0;
    for (const JsonValue item : input) {
        AIHUB_CHECK(add_item(item, place.element(at++), builder));
    }
    return {};
}

}  // namespace aihub::dialect
