#include "chat_messages.hpp"

#include "chat_media.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace aihub::provider_anthropic {
namespace {

using sdk::BlockKind;
using sdk::ChatBlock;
using sdk::ChatRole;

// What stands before a conversation that the assistant begins: the API wants the user to begin, with some text.
constexpr std::string_view kUserBegins = R"({"role":"user","content":[{"type":"text","text":"."}]})";

bool is_reasoning(const ChatBlock* block) {
    return block->kind == BlockKind::reasoning;
}

bool is_call(const ChatBlock* block) {
    return block->kind == BlockKind::tool_call;
}

}  // namespace

void ChatMessages::write_system(const sdk::ChatRequest& chat, std::string_view addition) {
    std::vector<const ChatBlock*> sent;
    for (const ChatBlock& block : chat.instructions) {
        const bool words = block.kind == BlockKind::text || block.kind == BlockKind::refusal;
        if (!words && block.kind != BlockKind::provider) {
            dropped_.add("instructions");
        } else if (is_sent(block)) {
            sent.push_back(&block);
        }
    }
    if (sent.empty() && addition.empty()) {
        return;
    }
    json_.key("system").begin_array();
    for (const ChatBlock* block : sent) {
        if (block->kind == BlockKind::provider) {
            json_.raw(block->value);
        } else {
            write_text(*block, false);
        }
    }
    if (!addition.empty()) {
        json_.begin_object().field("type", "text").field("text", addition).end_object();
    }
    json_.end_array();
}

Result<void> ChatMessages::write_messages(const sdk::ChatRequest& chat, bool prefill) {
    std::vector<std::pair<ChatRole, Blocks>> messages;
    for (const sdk::ChatMessage& message : chat.messages) {
        if (!message.name.empty()) {
            dropped_.add("name");
        }
        if (Blocks blocks = blocks_to_send(message); !blocks.empty()) {
            messages.emplace_back(message.role, std::move(blocks));
        }
    }
    if (!prefill && messages.size() > 1 && messages.back().first == ChatRole::assistant &&
        std::ranges::none_of(messages.back().second, is_call)) {
        dropped_.add("messages.prefill");
        messages.pop_back();
    }
    json_.key("messages").begin_array();
    if (messages.empty() || messages.front().first == ChatRole::assistant) {
        json_.raw(kUserBegins);
    }
    for (std::size_t at = 0; at < messages.size(); ++at) {
        const auto& [role, blocks] = messages[at];
        const bool goes_on = at > 0 && messages[at - 1].first == role;
        if (!goes_on) {
            json_.begin_object().field("role", role == ChatRole::user ? "user" : "assistant");
            json_.key("content").begin_array();
        }
        const bool last = at + 1 == messages.size();
        for (const ChatBlock* block : blocks) {
            const bool at_end = last && role == ChatRole::assistant && block == blocks.back();
            AIHUB_CHECK(write_block(*block, at_end));
        }
        if (last || messages[at + 1].first != role) {
            json_.end_array().end_object();
        }
    }
    json_.end_array();
    return {};
}

ChatMessages::Blocks ChatMessages::blocks_to_send(const sdk::ChatMessage& message) {
    Blocks blocks;
    blocks.reserve(message.content.size());
    for (const ChatBlock& block : message.content) {
        if (is_sent(block)) {
            blocks.push_back(&block);
        }
    }
    // An answer that thought begins with it. Thoughts between calls of tools keep their places otherwise.
    const bool thought = std::ranges::any_of(blocks, is_reasoning);
    if (thought && !is_reasoning(blocks.front())) {
        std::stable_partition(blocks.begin(), blocks.end(), is_reasoning);
    }
    return blocks;
}

bool ChatMessages::is_sent(const ChatBlock& block) {
    if (block.kind == BlockKind::text || block.kind == BlockKind::refusal) {
        return !is_blank(block.text);
    }
    if (block.kind == BlockKind::reasoning) {
        const bool signed_here = !block.signature.empty() || !block.redacted.empty();
        const bool ours = signed_here && (block.origin.empty() || is_own(block.origin));
        if (!ours) {
            dropped_.add("messages.reasoning");
        }
        return ours;
    }
    if (block.kind == BlockKind::provider && (!is_own(block.origin) || block.value.empty())) {
        dropped_.add(type_of(block.value, plain(block.origin)));
        return false;
    }
    return true;
}

Result<void> ChatMessages::write_block(const ChatBlock& block, bool at_end) {
    switch (block.kind) {
        case BlockKind::text:
        case BlockKind::refusal:
            write_text(block, at_end);
            return {};
        case BlockKind::reasoning:
            write_reasoning(block);
            return {};
        case BlockKind::tool_call:
            write_call(block);
            return {};
        case BlockKind::tool_result:
            return write_result(block);
        case BlockKind::provider:
            json_.raw(block.value);
            return {};
        case BlockKind::audio:
        case BlockKind::video:
            return Error{
                Errc::invalid_request,
                std::string("messages: this provider takes no ") +
                    (block.kind == BlockKind::audio ? "audio" : "video") + " input; leave it out or send its text"};
        case BlockKind::image:
        case BlockKind::document:
            break;
    }
    json_.begin_object();
    AIHUB_CHECK(write_media(json_, block));
    if (!block.detail.empty() && block.detail != "\"auto\"") {
        dropped_.add("detail");
    }
    write_cache_control(block);
    json_.end_object();
    return {};
}

void ChatMessages::write_text(const ChatBlock& block, bool at_end) {
    json_.begin_object().field("type", "text").key("text");
    at_end ? json_.raw(without_space_at_end(block.text)) : json_.raw(block.text);
    if (!block.citations.empty() && is_own(block.origin)) {
        json_.key("citations").raw(block.citations);
    }
    write_cache_control(block);
    json_.end_object();
}

// The signature is one of the very text, so both go back as they came, even if the text is empty.
void ChatMessages::write_reasoning(const ChatBlock& block) {
    json_.begin_object();
    if (!block.redacted.empty()) {
        json_.field("type", "redacted_thinking").key("data").raw(block.redacted).end_object();
        return;
    }
    json_.field("type", "thinking").key("thinking").raw(block.text.empty() ? "\"\"" : block.text);
    json_.key("signature").raw(block.signature).end_object();
}

void ChatMessages::write_call(const ChatBlock& block) {
    json_.begin_object().field("type", "tool_use").key("id").raw(WireNames::id(block.id));
    json_.key("name").raw(names_.tool(block.name));
    json_.key("input").raw(block.arguments.empty() ? "{}" : block.arguments);
    write_cache_control(block);
    json_.end_object();
}

Result<void> ChatMessages::write_result(const ChatBlock& block) {
    json_.begin_object().field("type", "tool_result").key("tool_use_id").raw(WireNames::id(block.id));
    const bool some = std::ranges::any_of(block.content, [this](const ChatBlock& part) { return is_sent(part); });
    if (some) {
        json_.key("content").begin_array();
        for (const ChatBlock& part : block.content) {
            if (is_sent(part)) {
                AIHUB_CHECK(write_block(part, false));
            }
        }
        json_.end_array();
    }
    if (block.is_error) {
        json_.field("is_error", true);
    }
    write_cache_control(block);
    json_.end_object();
    return {};
}

void ChatMessages::write_cache_control(const ChatBlock& block) {
    if (!block.cache_control.empty()) {
        json_.key("cache_control").raw(block.cache_control);
    }
}

}  // namespace aihub::provider_anthropic
