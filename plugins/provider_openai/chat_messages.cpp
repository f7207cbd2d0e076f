#include "chat_messages.hpp"

#include "content_parts.hpp"
#include "raw_json.hpp"

#include <aihub/json_read.hpp>

#include <algorithm>
#include <span>
#include <string>
#include <utility>

namespace aihub::provider_openai {
namespace {

using sdk::BlockKind;
using sdk::ChatBlock;
using sdk::ChatMessage;

class MessageWriter {
public:
    MessageWriter(sdk::JsonWriter& json, ChatWire& wire) : json_(json), wire_(wire) {}

    void instructions(const std::vector<ChatBlock>& blocks) {
        const Blocks texts = sayable(pointers(blocks), wire_);
        if (texts.empty()) {
            return;
        }
        json_.begin_object().field("role", system_role()).key("content");
        const auto marked = [](const ChatBlock* block) { return !block->cache_control.empty(); };
        if (wire_.style.send_cache_control && std::ranges::any_of(texts, marked)) {
            write_content(json_, texts, wire_);
        } else {
            json_.raw(joined_text(texts));
        }
        json_.end_object();
    }

    [[nodiscard]] bool takes_instructions() const {
        return !wire_.traits.no_system || wire_.style.system_role != "auto";
    }

    // `before`: texts in front of its own, but behind results of tools.
    void user(const ChatMessage& message, const std::vector<ChatBlock>& before) {
        Blocks rest = pointers(before);
        for (const ChatBlock& block : message.content) {
            if (block.kind == BlockKind::tool_result) {
                result(block, rest);
            } else {
                rest.push_back(&block);
            }
        }
        rest = sayable(rest, wire_);
        if (rest.empty()) {
            return;
        }
        begin("user", message);
        json_.key("content");
        write_content(json_, rest, wire_);
        json_.end_object();
    }

    void assistant(const ChatMessage& message) {
        Blocks content, refusals, thoughts, calls, members;
        for (const ChatBlock& block : message.content) {
            switch (block.kind) {
                case BlockKind::tool_call:
                    calls.push_back(&block);
                    break;
                case BlockKind::reasoning:
                    thoughts.push_back(&block);
                    break;
                case BlockKind::refusal:
                    refusals.push_back(&block);
                    break;
                case BlockKind::text:
                case BlockKind::provider:
                    (is_member(block) ? members : content).push_back(&block);
                    break;
                default:
                    wire_.dropped.say("messages." + std::string(kind_name(block.kind)));
            }
        }
        content = sayable(content, wire_);
        if (content.empty() && refusals.empty() && calls.empty() && members.empty()) {
            tell_lost(thoughts);
            return;
        }
        begin("assistant", message);
        reasoning(thoughts, !calls.empty());
        json_.key("content");
        if (content.empty()) {
            json_.value(nullptr);
        } else {
            write_content(json_, content, wire_);
        }
        if (!refusals.empty()) {
            json_.key("refusal").raw(joined_text(refusals));
        }
        for (const ChatBlock* block : members) {
            write_members(*block);
        }
        tool_calls(calls);
        json_.end_object();
    }

private:
    // What stands beside the content of a message of this format, and not in it: {"audio":{"id":"..."}}.
    static bool is_member(const ChatBlock& block) {
        if (block.kind != BlockKind::provider || block.origin != kOwnFormat) {
            return false;
        }
        const auto value = sdk::JsonDocument::parse(block.value);
        return value && value->root().is(sdk::JsonKind::object) && !value->root()["type"];
    }

    void write_members(const ChatBlock& block) {
        const auto value = sdk::JsonDocument::parse(block.value);
        for (const sdk::JsonValue member : value ? value->root() : sdk::JsonValue()) {
            json_.key(member.key()).raw(member.raw());
        }
    }

    static std::string_view kind_name(BlockKind kind) {
        return kind == BlockKind::image      ? "image"
               : kind == BlockKind::audio    ? "audio"
               : kind == BlockKind::video    ? "video"
               : kind == BlockKind::document ? "document"
                                             : "tool_result";
    }

    static Blocks pointers(const std::vector<ChatBlock>& blocks) {
        Blocks list;
        list.reserve(blocks.size());
        for (const ChatBlock& block : blocks) {
            list.push_back(&block);
        }
        return list;
    }

    [[nodiscard]] std::string_view system_role() const {
        if (wire_.style.system_role != "auto") {
            return wire_.style.system_role;
        }
        return wire_.traits.developer ? "developer" : "system";
    }

    void begin(std::string_view role, const ChatMessage& message) {
        json_.begin_object().field("role", role);
        if (message.name.empty()) {
            return;
        }
        if (wire_.style.refuses("name")) {
            wire_.dropped.say("name");
            return;
        }
        json_.key("name").raw(message.name);
    }

    [[nodiscard]] std::string call_id(sdk::JsonText id) const {
        return wire_call_id(unquoted(id), wire_.style.tool_id_style == "short9");
    }

    // What is no text goes to `rest`, in front of what the user says.
    void result(const ChatBlock& block, Blocks& rest) {
        Blocks texts;
        for (const ChatBlock& piece : block.content) {
            Blocks& place = piece.kind == BlockKind::text ? texts : rest;
            place.push_back(&piece);
        }
        texts = sayable(texts, wire_);
        std::string text = joined_text(texts);
        if (block.is_error && !says_error(text)) {
            text.insert(1, "Error: ");
        }
        json_.begin_object().field("role", "tool").field("tool_call_id", call_id(block.id)).key("content");
        if (wire_.style.send_cache_control && !block.cache_control.empty()) {
            json_.begin_array().begin_object().field("type", "text").key("text").raw(text);
            json_.key("cache_control").raw(block.cache_control).end_object().end_array();
        } else {
            json_.raw(text);
        }
        json_.end_object();
        if (!block.cache_control.empty() && !wire_.style.send_cache_control) {
            wire_.dropped.say("cache_control");
        }
    }

    static bool says_error(std::string_view quoted) {
        constexpr std::string_view kWord = "error";
        const std::string_view begin = quoted.substr(1, kWord.size());
        return std::ranges::equal(begin, kWord, {}, [](char c) { return static_cast<char>(c | 0x20); });
    }

    void tell_lost(const Blocks& thoughts) {
        if (!thoughts.empty()) {
            wire_.dropped.say("messages.reasoning");
        }
    }

    // Services that want the thoughts back want the member with every call of a tool, even if nothing was thought.
    void reasoning(const Blocks& thoughts, bool calls) {
        if (!wire_.style.send_reasoning) {
            tell_lost(thoughts);
            return;
        }
        const auto unreadable = [](const ChatBlock* block) { return block->text.empty(); };
        if (std::ranges::any_of(thoughts, unreadable)) {
            tell_lost(thoughts);
        }
        if (!thoughts.empty() || calls) {
            json_.key("reasoning_content").raw(joined_text(thoughts));
        }
    }

    void tool_calls(const Blocks& calls) {
        if (calls.empty()) {
            return;
        }
        json_.key("tool_calls").begin_array();
        for (const ChatBlock* call : calls) {
            const auto name = wire_.names.to_wire(unquoted(call->name));
            json_.begin_object().field("id", call_id(call->id)).field("type", "function").key("function");
            json_.begin_object().field("name", name);
            json_.field("arguments", call->arguments.empty() ? sdk::JsonText("{}") : call->arguments).end_object();
            if (wire_.traits.gemini && !call->signature.empty()) {
                json_.key("extra_content").begin_object().key("google").begin_object();
                json_.key("thought_signature").raw(call->signature).end_object().end_object();
            }
            json_.end_object();
        }
        json_.end_array();
    }

    sdk::JsonWriter& json_;
    ChatWire& wire_;
};

// Whether the answer would have to go on with the last message, which the model refuses.
bool is_refused_prefill(const sdk::ChatRequest& chat, const ChatWire& wire) {
    if (!wire.traits.no_prefill || chat.messages.size() < 2 || chat.messages.back().role != sdk::ChatRole::assistant) {
        return false;
    }
    return std::ranges::none_of(chat.messages.back().content, [](const ChatBlock& block) {
        return block.kind == BlockKind::tool_call;
    });
}

}  // namespace

bool write_messages(sdk::JsonWriter& json, const sdk::ChatRequest& chat, ChatWire& wire) {
    MessageWriter writer(json, wire);
    json.key("messages").begin_array();
    const std::size_t begin = json.text().size();
    const std::vector<ChatBlock> none;
    const auto* before = writer.takes_instructions() ? &none : &chat.instructions;
    if (before == &none) {
        writer.instructions(chat.instructions);
    } else if (chat.messages.empty() || chat.messages.front().role == sdk::ChatRole::assistant) {
        writer.user({}, *std::exchange(before, &none));
    }
    const bool cut = is_refused_prefill(chat, wire);
    if (cut) {
        wire.dropped.say("messages.prefill");
    }
    for (const ChatMessage& message : std::span(chat.messages).first(chat.messages.size() - (cut ? 1 : 0))) {
        if (message.role == sdk::ChatRole::assistant) {
            writer.assistant(message);
        } else {
            writer.user(message, *std::exchange(before, &none));
        }
    }
    const bool any = json.text().size() > begin;
    json.end_array();
    return any;
}

}  // namespace aihub::provider_openai
