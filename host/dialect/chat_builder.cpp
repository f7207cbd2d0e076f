#include "dialect/chat_builder.hpp"

#include <aihub/json_write.hpp>

#include <algorithm>
#include <utility>

namespace aihub::dialect {

namespace {

bool is_result(const ChatBlock& block) {
    return block.kind == BlockKind::tool_result;
}

// Several providers refuse an empty text; one with a signature has to come back all the same.
bool says_nothing(const ChatBlock& block) {
    const bool text = block.kind == BlockKind::text || block.kind == BlockKind::refusal;
    return text && block.text.size() <= 2 && block.signature.empty();
}

}  // namespace

ChatBlock text_block(BlockKind kind, JsonText text) {
    ChatBlock block;
    block.kind = kind;
    block.text = text;
    return block;
}

JsonText ChatBuilder::made_id() {
    return keep("\"call_made_" + std::to_string(ids_made_++) + "\"");
}

void ChatBuilder::instruct(ChatBlock block) {
    if (!says_nothing(block)) {
        request.instructions.push_back(std::move(block));
    }
}

void ChatBuilder::begin(ChatRole role, JsonText name) {
    role_ = role;
    name_ = name;
    begun_ = true;
}

void ChatBuilder::add(ChatBlock block) {
    // Clients bring thoughts that nobody signed with an empty signature.
    if (block.signature.size() <= 2) {
        block.signature = {};
    }
    if (says_nothing(block)) {
        return;
    }
    open();
    auto& content = request.messages.back().content;
    mixed_ = mixed_ || (is_result(block) && !content.empty() && !is_result(content.back()));
    content.push_back(std::move(block));
}

void ChatBuilder::open() {
    auto& messages = request.messages;
    if (messages.empty() || messages.back().role != role_) {
        close();
        auto& message = messages.emplace_back();
        message.role = role_;
        message.name = name_;
    } else if (begun_ && messages.back().name != name_) {
        messages.back().name = {};  // neither of them said all of it
    }
    begun_ = false;
}

// Sorted once for each message: one result at a time would take the square of their number.
void ChatBuilder::close() {
    if (mixed_) {
        auto& content = request.messages.back().content;
        std::stable_partition(content.begin(), content.end(), is_result);
    }
    mixed_ = false;
}

ChatBlock ChatBuilder::foreign(JsonText value) const {
    ChatBlock block;
    block.kind = BlockKind::provider;
    block.origin = origin_;
    block.value = value;
    return block;
}

void ChatBuilder::add_foreign_tool(JsonText name, JsonText value) {
    auto& tool = request.tools.emplace_back();
    tool.name = name;
    tool.origin = origin_;
    tool.value = value;
}

void ChatBuilder::add_foreign_field(std::string_view name, JsonText value) {
    if (request.provider_fields.size() >= kForeignFieldsMax) {
        too_many_fields_ = true;
        return;
    }
    auto& field = request.provider_fields.emplace_back();
    field.origin = origin_;
    field.name = keep(sdk::json_string(name));
    field.value = value;
}

const sdk::ChatRequest& ChatBuilder::finish() {
    close();
    return request;
}

}  // namespace aihub::dialect
