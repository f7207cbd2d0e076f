#include "dialect/continued_request.hpp"

#include "base/json_text.hpp"
#include "dialect/token_estimate.hpp"

#include <aihub/chat_read.hpp>
#include <aihub/chat_write.hpp>

#include <algorithm>
#include <charconv>

namespace aihub::dialect {

namespace {

using sdk::BlockKind;
using sdk::ChatBlock;
using sdk::ChatRequest;
using sdk::ChatRole;

constexpr std::string_view kGoOn =
    "Your answer above was cut off. Go on with it from exactly where it stops. Repeat nothing of it and say nothing "
    "about "
    "the break.";

ChatBlock text_block(ChatRequest& request, std::string_view text) {
    std::string quoted;
    append_json_string(quoted, text);
    ChatBlock block;
    block.text = request.keep(std::move(quoted));
    return block;
}

// Behind what the client itself may have put into the assistant's mouth.
void add_answer(ChatRequest& request, std::string_view text) {
    auto block = text_block(request, text);
    auto& messages = request.messages;
    if (messages.empty() || messages.back().role != ChatRole::assistant) {
        messages.emplace_back().role = ChatRole::assistant;
    }
    auto& content = messages.back().content;
    if (content.empty() || content.back().kind != BlockKind::text || content.back().text.size() < 2) {
        content.push_back(std::move(block));
        return;
    }
    const auto before = content.back().text;
    std::string joined(before.substr(0, before.size() - 1));
    joined += block.text.substr(1);
    content.back().text = request.keep(std::move(joined));
}

void ask_to_go_on(ChatRequest& request) {
    auto block = text_block(request, kGoOn);
    auto& message = request.messages.emplace_back();
    message.role = ChatRole::user;
    message.content.push_back(std::move(block));
}

void take_from_maximum(ChatRequest& request, std::uint64_t tokens) {
    const auto digits = request.max_output_tokens;
    std::uint64_t asked = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), asked).ec != std::errc()) {
        return;
    }
    request.max_output_tokens = request.keep(std::to_string(std::max<std::uint64_t>(asked, tokens + 1) - tokens));
}

constexpr std::string_view kSpace = " \t\r\n";

// Vendors refuse a beginning that ends with a space, and one together with thinking.
bool may_prefill(const ChatRequest& request, std::string_view text) {
    const auto thinking = request.reasoning.mode;
    return kSpace.find(text.back()) == std::string_view::npos &&
           (thinking == sdk::ReasoningMode::unset || thinking == sdk::ReasoningMode::off);
}

}  // namespace

Result<std::string> continued_request(std::string canonical_json, std::string_view text, const GoingOn& model) {
    auto read = sdk::read_chat(canonical_json);
    if (!read) {
        return Error{Errc::internal, "a canonical chat cannot be read: " + read.error().message};
    }
    auto& request = *read;
    if (!request.choices.empty() && request.choices != "1") {
        return Error{Errc::not_implemented, "of several choices none can be gone on with"};
    }
    if (text.find_first_not_of(kSpace) == std::string_view::npos) {
        return canonical_json;
    }
    const bool prefill = model.takes_prefill && may_prefill(request, text);
    // A model that is held to a form begins a new document, unless it is given its beginning.
    const auto form = request.response_format.kind;
    if (form == sdk::ResponseKind::json_schema || (form == sdk::ResponseKind::json && !prefill)) {
        return Error{Errc::not_implemented, "a JSON document cannot be gone on with"};
    }
    add_answer(request, text);
    if (!prefill) {
        ask_to_go_on(request);
    }
    take_from_maximum(request, estimate_tokens(text, model.tokenizer));
    return sdk::write_chat(request);
}

}  // namespace aihub::dialect
