#include "asked.hpp"

#include "words.hpp"

#include <aihub/chat_read.hpp>
#include <aihub/json_read.hpp>

#include <algorithm>
#include <charconv>

namespace aihub::provider_simulator {
namespace {

using sdk::BlockKind;
using sdk::ChatBlock;
using sdk::JsonKind;
using sdk::JsonText;
using sdk::JsonValue;

constexpr std::uint64_t kTokensPerMessage = 3;

// The text of a message: a string, or the text parts of a list.
std::string text_of(const JsonValue& content) {
    std::string text = content.string_or("");
    for (const JsonValue part : content) {
        text += part["text"].string_or("");
    }
    return text;
}

void read_tools(const JsonValue& root, AskedChat& asked) {
    for (const JsonValue tool : root["tools"]) {
        const JsonValue function = tool["function"];
        if (function["name"].is(JsonKind::string)) {
            asked.tools.push_back({function["name"].string_or(""), function["parameters"].raw()});
        }
    }
    const JsonValue choice = root["tool_choice"];
    const std::string word = choice.string_or("");
    if (choice.is(JsonKind::object)) {
        asked.tool_wish = ToolWish::named;
        asked.tool_name = choice["function"]["name"].string_or("");
    } else if (word == "none" || word == "required") {
        asked.tool_wish = word == "none" ? ToolWish::none : ToolWish::required;
    }
}

Result<AskedChat> read_openai(const sdk::Request& request) {
    const auto document = AIHUB_TRY(sdk::JsonDocument::parse(request.body()));
    const JsonValue root = document.root();
    const JsonValue messages = root["messages"];
    if (!messages.is(JsonKind::array)) {
        return Error{Errc::invalid_request, "simulator: messages is missing, or not a list of messages"};
    }
    AskedChat asked;
    asked.messages = messages.raw();
    asked.choices = root["n"].number<std::uint32_t>().value_or(1);
    for (const char* name : {"max_tokens", "max_completion_tokens"}) {
        if (const auto limit = root[name].number<std::uint64_t>()) {
            asked.limit = std::min(*limit, asked.limit.value_or(*limit));
        }
    }
    for (const JsonValue message : messages) {
        const std::string text = text_of(message["content"]);
        const std::string role = message["role"].string_or("");
        asked.input_tokens += tokens(text).size() + kTokensPerMessage;
        asked.ends_with_result = role == "tool";
        asked.last_text = role == "user" ? text : asked.last_text;
    }
    read_tools(root, asked);
    const JsonValue format = root["response_format"];
    const std::string type = format["type"].string_or("text");
    asked.wants_json = type == "json_object" || type == "json_schema";
    if (type == "json_schema") {
        asked.schema = format["json_schema"]["schema"].raw();
    }
    return asked;
}

std::string unquoted(JsonText text) {
    return text.size() < 2 ? std::string() : sdk::json_unescape(text.substr(1, text.size() - 2));
}

std::string text_of(const std::vector<ChatBlock>& blocks) {
    std::string text;
    for (const ChatBlock& block : blocks) {
        const bool read = block.kind == BlockKind::text || block.kind == BlockKind::document;
        text += read ? unquoted(block.text) : text_of(block.content);
    }
    return text;
}

std::optional<std::uint64_t> number(JsonText text) {
    std::uint64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    return !text.empty() && read.ec == std::errc{} ? std::optional(value) : std::nullopt;
}

void read_tools(const sdk::ChatRequest& chat, AskedChat& asked) {
    const sdk::ToolChoice& choice = chat.tool_choice;
    for (const sdk::ChatTool& tool : chat.tools) {
        const bool allowed = choice.allowed.empty() || std::ranges::count(choice.allowed, tool.name) > 0;
        if (allowed && !tool.name.empty()) {
            asked.tools.push_back({unquoted(tool.name), tool.parameters});
        }
    }
    asked.tool_name = unquoted(choice.name);
    asked.tool_wish = choice.mode == sdk::ToolMode::tool       ? ToolWish::named
                      : choice.mode == sdk::ToolMode::required ? ToolWish::required
                      : choice.mode == sdk::ToolMode::none     ? ToolWish::none
                                                               : ToolWish::free;
}

void read_messages(const sdk::ChatRequest& chat, AskedChat& asked) {
    if (!chat.instructions.empty()) {
        asked.input_tokens += tokens(text_of(chat.instructions)).size() + kTokensPerMessage;
    }
    for (const sdk::ChatMessage& message : chat.messages) {
        asked.input_tokens += tokens(text_of(message.content)).size() + kTokensPerMessage;
        asked.ends_with_result = !message.content.empty() && message.content.back().kind == BlockKind::tool_result;
        if (message.role != sdk::ChatRole::user || asked.ends_with_result) {
            continue;
        }
        asked.last_text.clear();
        for (const ChatBlock& block : message.content) {
            asked.last_text += block.kind == BlockKind::text ? unquoted(block.text) : "";
        }
    }
}

Result<AskedChat> read_canonical(const sdk::Request& request) {
    const sdk::ChatRequest chat = AIHUB_TRY(sdk::read_chat(request.body()));
    AskedChat asked;
    asked.messages = request.member("messages");
    asked.choices = static_cast<std::uint32_t>(std::min<std::uint64_t>(number(chat.choices).value_or(1), UINT32_MAX));
    asked.limit = number(chat.max_output_tokens);
    read_messages(chat, asked);
    read_tools(chat, asked);
    const sdk::ResponseKind kind = chat.response_format.kind;
    asked.wants_json = kind == sdk::ResponseKind::json || kind == sdk::ResponseKind::json_schema;
    if (kind == sdk::ResponseKind::json_schema) {
        asked.schema = chat.response_format.schema;
    }
    return asked;
}

}  // namespace

Result<AskedChat> read_asked(const sdk::Request& request) {
    return request.format() == "aihub.chat" ? read_canonical(request) : read_openai(request);
}

}  // namespace aihub::provider_simulator
