// The canonical form, read from JSON text.
#pragma once

#include <aihub/chat.hpp>
#include <aihub/chat_fields.hpp>
#include <aihub/chat_names.hpp>
#include <aihub/json_read.hpp>
#include <aihub/result.hpp>

#include <string_view>
#include <utility>
#include <vector>

namespace aihub::sdk {

namespace detail {

template <class Struct, std::size_t Count>
void read_fields(const std::array<chat_fields::Field<Struct>, Count>& fields, const JsonValue& from, Struct& into) {
    for (const JsonValue member : from) {
        if (!member.is(JsonKind::null)) {
            chat_fields::set(fields, into, member.key(), member.raw());
        }
    }
}

// Of a kind that is not known here: left out, as a newer host may say more.
inline std::vector<ChatBlock> read_blocks(const JsonValue& from) {
    std::vector<ChatBlock> blocks;
    blocks.reserve(from.size());
    for (const JsonValue one : from) {
        const std::string_view type = one["type"].raw();
        const BlockKind kind = chat_names::value(chat_names::kBlocks, type, BlockKind::text);
        if (kind == BlockKind::text && type != "\"text\"") {
            continue;
        }
        ChatBlock& block = blocks.emplace_back();
        block.kind = kind;
        read_fields(chat_fields::kBlock, one, block);
        block.content = read_blocks(one["content"]);
        block.is_error = one["is_error"].boolean_or(false);
    }
    return blocks;
}

template <class Struct, std::size_t Count>
std::vector<Struct> read_list(const std::array<chat_fields::Field<Struct>, Count>& fields, const JsonValue& from) {
    std::vector<Struct> list;
    list.reserve(from.size());
    for (const JsonValue one : from) {
        read_fields(fields, one, list.emplace_back());
    }
    return list;
}

inline ToolChoice read_tool_choice(const JsonValue& from) {
    ToolChoice choice;
    choice.mode = chat_names::value(chat_names::kToolModes, from["mode"].raw(), ToolMode::unset);
    choice.name = from["name"].raw();
    choice.parallel = from["parallel"].raw();
    for (const JsonValue name : from["allowed"]) {
        choice.allowed.push_back(name.raw());
    }
    return choice;
}

inline ModelFacts read_facts(const JsonValue& from) {
    ModelFacts facts;
    read_fields(chat_fields::kFacts, from, facts);
    for (const JsonValue flag : from["flags"]) {
        facts.flags.push_back(flag.raw());
    }
    return facts;
}

}  // namespace detail

// Views point into `text`. An error: it is not the canonical form.
inline Result<ChatRequest> read_chat(std::string_view text) {
    const JsonDocument document = AIHUB_TRY(JsonDocument::parse(text));
    const JsonValue root = document.root();
    if (!root["messages"].is(JsonKind::array)) {
        return Error{Errc::invalid_request, "the chat has no list of messages"};
    }
    ChatRequest request;
    detail::read_fields(chat_fields::kRequest, root, request);
    request.instructions = detail::read_blocks(root["instructions"]);
    request.messages.reserve(root["messages"].size());
    for (const JsonValue one : root["messages"]) {
        ChatMessage& message = request.messages.emplace_back();
        message.role = chat_names::value(chat_names::kRoles, one["role"].raw(), ChatRole::user);
        message.name = one["name"].raw();
        message.content = detail::read_blocks(one["content"]);
    }
    request.tools = detail::read_list(chat_fields::kTool, root["tools"]);
    request.tool_choice = detail::read_tool_choice(root["tool_choice"]);
    const JsonValue format = root["response_format"];
    request.response_format.kind = chat_names::value(chat_names::kResponses, format["type"].raw(), ResponseKind::unset);
    detail::read_fields(chat_fields::kResponse, format, request.response_format);
    const JsonValue reasoning = root["reasoning"];
    request.reasoning.mode = chat_names::value(chat_names::kReasoning, reasoning["mode"].raw(), ReasoningMode::unset);
    detail::read_fields(chat_fields::kReasoning, reasoning, request.reasoning);
    request.provider_fields = detail::read_list(chat_fields::kProvider, root["provider_fields"]);
    request.model_facts = detail::read_facts(root["model_facts"]);
    return request;
}

}  // namespace aihub::sdk
