// The canonical form, as JSON text.
#pragma once

#include <aihub/chat.hpp>
#include <aihub/chat_fields.hpp>
#include <aihub/chat_names.hpp>
#include <aihub/json_write.hpp>

#include <string>
#include <utility>
#include <vector>

namespace aihub::sdk {

namespace detail {

template <class Struct, std::size_t Count>
void write_fields(JsonWriter& json, const std::array<chat_fields::Field<Struct>, Count>& fields, const Struct& value) {
    chat_fields::each(fields, value, [&json](std::string_view name, JsonText text) { json.key(name).raw(text); });
}

inline void write_blocks(JsonWriter& json, const std::vector<ChatBlock>& blocks) {
    json.begin_array();
    for (const ChatBlock& block : blocks) {
        json.begin_object().field("type", chat_names::word(chat_names::kBlocks, block.kind));
        write_fields(json, chat_fields::kBlock, block);
        if (!block.content.empty()) {
            json.key("content");
            write_blocks(json, block.content);
        }
        if (block.is_error) {
            json.field("is_error", true);
        }
        json.end_object();
    }
    json.end_array();
}

inline void write_messages(JsonWriter& json, const std::vector<ChatMessage>& messages) {
    json.key("messages").begin_array();
    for (const ChatMessage& message : messages) {
        json.begin_object().field("role", chat_names::word(chat_names::kRoles, message.role));
        if (!message.name.empty()) {
            json.key("name").raw(message.name);
        }
        json.key("content");
        write_blocks(json, message.content);
        json.end_object();
    }
    json.end_array();
}

template <class Struct, std::size_t Count>
void write_list(
    JsonWriter& json,
    std::string_view name,
    const std::array<chat_fields::Field<Struct>, Count>& fields,
    const std::vector<Struct>& list
) {
    if (list.empty()) {
        return;
    }
    json.key(name).begin_array();
    for (const Struct& one : list) {
        json.begin_object();
        write_fields(json, fields, one);
        json.end_object();
    }
    json.end_array();
}

inline void write_tool_choice(JsonWriter& json, const ToolChoice& choice) {
    if (choice.mode == ToolMode::unset && choice.allowed.empty() && choice.parallel.empty()) {
        return;
    }
    json.key("tool_choice").begin_object();
    if (choice.mode != ToolMode::unset) {
        json.field("mode", chat_names::word(chat_names::kToolModes, choice.mode));
    }
    if (!choice.name.empty()) {
        json.key("name").raw(choice.name);
    }
    if (!choice.allowed.empty()) {
        json.key("allowed").begin_array();
        for (const JsonText name : choice.allowed) {
            json.raw(name);
        }
        json.end_array();
    }
    if (!choice.parallel.empty()) {
        json.key("parallel").raw(choice.parallel);
    }
    json.end_object();
}

inline void write_wishes(JsonWriter& json, const ChatRequest& request) {
    const auto& format = request.response_format;
    if (format.kind != ResponseKind::unset) {
        json.key("response_format").begin_object();
        json.field("type", chat_names::word(chat_names::kResponses, format.kind));
        write_fields(json, chat_fields::kResponse, format);
        json.end_object();
    }
    const auto& reasoning = request.reasoning;
    const bool nothing = reasoning.mode == ReasoningMode::unset && reasoning.effort.empty() &&
                         reasoning.budget_tokens.empty() && reasoning.summary.empty();
    if (nothing) {
        return;
    }
    json.key("reasoning").begin_object();
    if (reasoning.mode != ReasoningMode::unset) {
        json.field("mode", chat_names::word(chat_names::kReasoning, reasoning.mode));
    }
    write_fields(json, chat_fields::kReasoning, reasoning);
    json.end_object();
}

inline void write_facts(JsonWriter& json, const ModelFacts& facts) {
    const bool nothing = facts.context_tokens.empty() && facts.output_tokens_max.empty() && facts.reasoning.empty() &&
                         facts.flags.empty();
    if (nothing) {
        return;
    }
    json.key("model_facts").begin_object();
    write_fields(json, chat_fields::kFacts, facts);
    if (!facts.flags.empty()) {
        json.key("flags").begin_array();
        for (const JsonText flag : facts.flags) {
            json.raw(flag);
        }
        json.end_array();
    }
    json.end_object();
}

}  // namespace detail

// The same request always makes the same bytes: members stand in the order of the tables, what is in lists keeps its
// order.
inline std::string write_chat(const ChatRequest& request) {
    JsonWriter json;
    json.begin_object();
    if (!request.instructions.empty()) {
        json.key("instructions");
        detail::write_blocks(json, request.instructions);
    }
    detail::write_messages(json, request.messages);
    detail::write_list(json, "tools", chat_fields::kTool, request.tools);
    detail::write_tool_choice(json, request.tool_choice);
    detail::write_wishes(json, request);
    detail::write_fields(json, chat_fields::kRequest, request);
    detail::write_list(json, "provider_fields", chat_fields::kProvider, request.provider_fields);
    detail::write_facts(json, request.model_facts);
    json.end_object();
    return std::move(json).text();
}

}  // namespace aihub::sdk
