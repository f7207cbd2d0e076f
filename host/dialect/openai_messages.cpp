#include "dialect/openai_messages.hpp"

#include "dialect/call_arguments.hpp"
#include "dialect/call_ids.hpp"
#include "dialect/openai_content.hpp"

#include <algorithm>
#include <string>

namespace aihub::dialect {

namespace {

constexpr std::string_view kRoles = "must be system, developer, user, assistant, tool or function";

// Room that is made at once for as many.
constexpr std::size_t kMessagesUsual = 64;

class Messages {
public:
    explicit Messages(ChatBuilder& builder) : builder_(builder) {}

    Result<void> read(const JsonValue& message, const Place& place) {
        AIHUB_TRY(required_of(JsonKind::object, message, place));
        const JsonText role = AIHUB_TRY(required_of(JsonKind::string, message["role"], place.member("role")));
        if (role == "\"user\"") {
            return user(message, place);
        }
        if (role == "\"assistant\"") {
            return assistant(message, place);
        }
        if (role == "\"tool\"") {
            return tool(message, place);
        }
        if (role == "\"system\"" || role == "\"developer\"") {
            return instructions(message, place);
        }
        return role == "\"function\"" ? function(message, place) : invalid(place.member("role"), kRoles);
    }

private:
    Result<std::vector<ChatBlock>> content(const JsonValue& message, const Place& place) {
        return openai_content(message["content"], place.member("content"), builder_, UnknownParts::refused);
    }

    Result<void> instructions(const JsonValue& message, const Place& place) {
        if (!given(message["content"])) {
            return missing(place.member("content"));
        }
        auto blocks = AIHUB_TRY(content(message, place));
        for (ChatBlock& block : blocks) {
            if (block.kind != BlockKind::text) {
                return invalid(place.member("content"), "must be text, as it instructs");
            }
            builder_.instruct(std::move(block));
        }
        return {};
    }

    Result<void> user(const JsonValue& message, const Place& place) {
        if (!given(message["content"])) {
            return missing(place.member("content"));
        }
        builder_.begin(ChatRole::user, AIHUB_TRY(optional_of(JsonKind::string, message["name"], place.member("name"))));
        // One text is the usual case: no list is made for it.
        if (const JsonValue said = message["content"]; said.is(JsonKind::string)) {
            builder_.add(text_block(BlockKind::text, said.raw()));
            return {};
        }
        auto blocks = AIHUB_TRY(content(message, place));
        for (ChatBlock& block : blocks) {
            builder_.add(std::move(block));
        }
        return {};
    }

    Result<void> assistant(const JsonValue& message, const Place& place) {
        ids_.next_turn();
        const JsonText name = AIHUB_TRY(optional_of(JsonKind::string, message["name"], place.member("name")));
        builder_.begin(ChatRole::assistant, name);
        AIHUB_CHECK(thoughts(message, place));
        auto blocks = AIHUB_TRY(content(message, place));
        const JsonValue signature = message["extra_content"]["google"]["thought_signature"];
        if (signature.is(JsonKind::string) && !blocks.empty() && blocks.back().kind == BlockKind::text) {
            blocks.back().signature = signature.raw();
        }
        for (ChatBlock& block : blocks) {
            builder_.add(std::move(block));
        }
        const JsonText refusal = AIHUB_TRY(optional_of(JsonKind::string, message["refusal"], place.member("refusal")));
        if (!refusal.empty()) {
            builder_.add(text_block(BlockKind::refusal, refusal));
        }
        // The sound of an earlier answer, which only the provider that made it has.
        if (const JsonValue audio = message["audio"]; audio.is(JsonKind::object)) {
            builder_.add(builder_.foreign(builder_.keep("{\"audio\":" + std::string(audio.raw()) + "}")));
        }
        return calls(message, place);
    }

    // Blocks with signatures, where the client keeps them; otherwise the text alone, under either of its names.
    Result<void> thoughts(const JsonValue& message, const Place& place) {
        const JsonValue blocks = message["thinking_blocks"];
        const Place at_blocks = place.member("thinking_blocks");
        AIHUB_TRY(optional_of(JsonKind::array, blocks, at_blocks));
        std::size_t at = 0;
        for (const JsonValue block : blocks) {
            AIHUB_CHECK(thought(block, at_blocks.element(at++)));
        }
        if (at > 0) {
            return {};
        }
        for (const char* const member : {"reasoning_content", "reasoning"}) {
            const JsonValue text = message[member];
            if (text.is(JsonKind::string) && text.raw().size() > 2) {
                builder_.add(text_block(BlockKind::reasoning, text.raw()));
                return {};
            }
        }
        return {};
    }

    Result<void> thought(const JsonValue& block, const Place& place) {
        AIHUB_TRY(required_of(JsonKind::object, block, place));
        ChatBlock read;
        read.kind = BlockKind::reasoning;
        if (block["type"].raw() == "\"redacted_thinking\"") {
            read.redacted = AIHUB_TRY(required_of(JsonKind::string, block["data"], place.member("data")));
        } else {
            read.text = AIHUB_TRY(required_of(JsonKind::string, block["thinking"], place.member("thinking")));
            read.signature = AIHUB_TRY(optional_of(JsonKind::string, block["signature"], place.member("signature")));
        }
        builder_.add(std::move(read));
        return {};
    }

    Result<void> calls(const JsonValue& message, const Place& place) {
        const JsonValue list = message["tool_calls"];
        const Place at_list = place.member("tool_calls");
        AIHUB_TRY(optional_of(JsonKind::array, list, at_list));
        std::size_t at = 0;
        for (const JsonValue one : list) {
            AIHUB_CHECK(call(one, at_list.element(at++)));
        }
        const JsonValue legacy = message["function_call"];
        if (!given(legacy)) {
            return {};
        }
        const Place at_legacy = place.member("function_call");
        ChatBlock block;
        block.kind = BlockKind::tool_call;
        block.id = builder_.made_id();
        block.name = AIHUB_TRY(required_of(JsonKind::string, legacy["name"], at_legacy.member("name")));
        block.arguments = call_arguments(legacy["arguments"], builder_);
        ids_.called(block.name, block.id);
        builder_.add(std::move(block));
        return {};
    }

    Result<void> call(const JsonValue& value, const Place& place) {
        AIHUB_TRY(required_of(JsonKind::object, value, place));
        const bool custom = value["type"].raw() == "\"custom\"";
        const char* const member = custom ? "custom" : "function";
        const JsonValue function = value[member];
        const Place at_function = place.member(member);
        AIHUB_TRY(required_of(JsonKind::object, function, at_function));
        ChatBlock block;
        block.kind = BlockKind::tool_call;
        block.id = AIHUB_TRY(required_of(JsonKind::string, value["id"], place.member("id")));
        block.name = AIHUB_TRY(required_of(JsonKind::string, function["name"], at_function.member("name")));
        block.arguments = call_arguments(function[custom ? "input" : "arguments"], builder_);
        const JsonValue signature = value["extra_content"]["google"]["thought_signature"];
        block.signature = signature.is(JsonKind::string) ? signature.raw() : JsonText{};
        builder_.add(std::move(block));
        return {};
    }

    Result<void> tool(const JsonValue& message, const Place& place) {
        ChatBlock block;
        block.kind = BlockKind::tool_result;
        block.id = AIHUB_TRY(required_of(JsonKind::string, message["tool_call_id"], place.member("tool_call_id")));
        block.name = AIHUB_TRY(optional_of(JsonKind::string, message["name"], place.member("name")));
        block.content = AIHUB_TRY(content(message, place));
        builder_.begin(ChatRole::user);
        builder_.add(std::move(block));
        return {};
    }

    Result<void> function(const JsonValue& message, const Place& place) {
        ChatBlock block;
        block.kind = BlockKind::tool_result;
        block.name = AIHUB_TRY(required_of(JsonKind::string, message["name"], place.member("name")));
        const auto id = ids_.answered_by_name(block.name);
        if (!id) {
            return invalid(place.member("name"), "must be the name of a function_call in front of it");
        }
        block.id = *id;
        block.content = AIHUB_TRY(content(message, place));
        builder_.begin(ChatRole::user);
        builder_.add(std::move(block));
        return {};
    }

    ChatBuilder& builder_;
    CallIds ids_;
};

}  // namespace

Result<void> read_openai_messages(const JsonValue& messages, const Place& place, ChatBuilder& builder) {
    AIHUB_TRY(required_of(JsonKind::array, messages, place));
    if (messages.size() == 0) {
        return invalid(place, "must have at least one message");
    }
    builder.request.messages.reserve(std::min<std::size_t>(messages.size(), kMessagesUsual));
    Messages reader(builder);
    std::size_t at = 0;
    for (const JsonValue message : messages) {
        AIHUB_CHECK(reader.read(message, place.element(at++)));
    }
    return {};
}

}  // namespace aihub::dialect
