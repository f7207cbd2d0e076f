#include "script.hpp"

#include "document.hpp"
#include "words.hpp"

#include <algorithm>
#include <optional>

namespace aihub::provider_simulator {
namespace {

using sdk::JsonKind;
using sdk::JsonValue;

constexpr std::uint64_t kTokensPerMessage = 3;
constexpr std::uint64_t kPiecesMax = 16384;
constexpr std::uint32_t kChoicesMax = 16;
constexpr std::size_t kInputsMax = 2048;
constexpr std::size_t kArgumentBytes = 16;

Error wrong(std::string_view what) {
    return Error{Errc::invalid_request, "simulator: " + std::string(what)};
}

// The text of a message: a string, or the text parts of a list.
std::string text_of(const JsonValue& content) {
    std::string text = content.string_or("");
    for (const JsonValue part : content) {
        text += part["text"].string_or("");
    }
    return text;
}

struct Tool {
    std::string name;
    std::string arguments;
};

// The request as the simulator understands it.
struct Chat {
    JsonValue root;
    std::uint64_t seed = 0;
    std::uint32_t choices = 1;
    std::uint64_t limit = kPiecesMax;
    std::string last_text;  // of the last message of a user
};

std::optional<JsonValue> asked_tool(const Chat& chat, Kind kind) {
    const JsonValue tools = chat.root["tools"];
    const JsonValue choice = chat.root["tool_choice"];
    const JsonValue messages = chat.root["messages"];
    if (tools.size() == 0 || choice.string_or("") == "none") {
        return std::nullopt;
    }
    if (choice.is(JsonKind::object)) {
        const std::string name = choice["function"]["name"].string_or("");
        for (const JsonValue tool : tools) {
            if (tool["function"]["name"].string_or("") == name) {
                return tool;
            }
        }
        return JsonValue{};
    }
    // The answer to a tool's result is text, so that agents come to an end.
    const bool has_result = messages.size() > 0 && messages[messages.size() - 1]["role"].string_or("") == "tool";
    const bool wanted = choice.string_or("") == "required" || (kind == Kind::tools && !has_result);
    return wanted ? std::optional(tools[0]) : std::nullopt;
}

Result<std::optional<Tool>> tool_to_call(const Chat& chat, Kind kind) {
    const auto tool = asked_tool(chat, kind);
    if (!tool) {
        return std::optional<Tool>{};
    }
    const JsonValue function = (*tool)["function"];
    if (!function["name"].is(JsonKind::string)) {
        return wrong("tool_choice names no function of tools");
    }
    const auto arguments = function["parameters"] ? minimal_document(function["parameters"]) : std::string("{}");
    if (!arguments) {
        return wrong("the tool's schema needs a document that is too deep or too large");
    }
    return std::optional(Tool{function["name"].string_or(""), *arguments});
}

// The text of one choice; it begins by saying where it comes from, unless a format was asked for.
Result<std::string> answer_text(const Chat& chat, const Behaviour& behaviour, std::uint64_t seed) {
    const JsonValue format = chat.root["response_format"];
    const std::string type = format["type"].string_or("text");
    if (type == "json_object") {
        return std::string(R"({"simulated":true})");
    }
    if (type == "json_schema") {
        auto document = minimal_document(format["json_schema"]["schema"]);
        return document ? Result<std::string>(*std::move(document))
                        : wrong("response_format: the schema needs a document that is too deep or too large");
    }
    if (behaviour.kind == Kind::echo) {
        return "Simulated echo: " + chat.last_text;
    }
    std::string text = "Simulated answer:";
    for (std::uint32_t position = 2; position < behaviour.tokens; ++position) {
        text += ' ';
        text += word(seed, position);
    }
    return text;
}

void add_tool(std::vector<Piece>& pieces, const Tool& tool, std::uint32_t choice, std::uint64_t seed) {
    pieces.push_back({Piece::Kind::tool_begin, choice, tool.name, "call_sim" + std::to_string(seed % 1000000007U)});
    std::string_view left = tool.arguments;
    while (!left.empty()) {
        const std::string_view part = sdk::utf8_prefix(left, kArgumentBytes);
        pieces.push_back({Piece::Kind::tool_arguments, choice, std::string(part)});
        left.remove_prefix(part.size());
    }
}

Result<std::vector<Piece>> choice_pieces(const Chat& chat, const Behaviour& behaviour, std::uint32_t choice) {
    const std::uint64_t seed = mixed(chat.seed + choice);
    std::vector<Piece> pieces;
    for (std::uint32_t position = 0; position < behaviour.reasoning; ++position) {
        pieces.push_back({Piece::Kind::reasoning, choice, std::string(word(~seed, position)) + ' '});
    }
    const auto tool = AIHUB_TRY(tool_to_call(chat, behaviour.kind));
    std::string reason = tool ? "tool_calls" : "stop";
    if (tool) {
        add_tool(pieces, *tool, choice, seed);
    } else {
        const std::string text = AIHUB_TRY(answer_text(chat, behaviour, seed));
        for (const std::string_view token : tokens(text)) {
            pieces.push_back({Piece::Kind::text, choice, std::string(token)});
        }
    }
    if (pieces.size() > chat.limit) {
        pieces.resize(chat.limit);
        reason = "length";
    }
    pieces.push_back({Piece::Kind::finish, choice, reason});
    return pieces;
}

Result<Chat> read_chat(const Behaviour& behaviour, const sdk::Request& request, const JsonValue& root) {
    if (!root["messages"].is(JsonKind::array)) {
        return wrong("messages is missing, or not a list of messages");
    }
    Chat chat;
    chat.root = root;
    chat.seed = behaviour.seed.value_or(hash(root["messages"].raw(), hash(request.model())));
    chat.choices = root["n"].number<std::uint32_t>().value_or(1);
    for (const char* name : {"max_tokens", "max_completion_tokens"}) {
        chat.limit = std::min(chat.limit, root[name].number<std::uint64_t>().value_or(chat.limit));
    }
    if (chat.choices < 1 || chat.choices > kChoicesMax) {
        return wrong("n must be from 1 to " + std::to_string(kChoicesMax));
    }
    for (const JsonValue message : root["messages"]) {
        if (message["role"].string_or("") == "user") {
            chat.last_text = text_of(message["content"]);
        }
    }
    return chat;
}

// Round robin, as the choices of a real stream come mixed.
std::vector<Piece> interleaved(std::vector<std::vector<Piece>> choices) {
    std::vector<Piece> pieces;
    std::size_t longest = 0;
    for (const auto& choice : choices) {
        longest = std::max(longest, choice.size());
    }
    for (std::size_t position = 0; position < longest; ++position) {
        for (auto& choice : choices) {
            if (position < choice.size()) {
                pieces.push_back(std::move(choice[position]));
            }
        }
    }
    return pieces;
}

void add_embedding(Script& script, const JsonValue& input, std::uint64_t seed) {
    const auto text = input.string();
    script.input_tokens += text ? tokens(*text).size() : std::max<std::size_t>(input.size(), 1);
    const auto index = static_cast<std::uint32_t>(script.pieces.size());
    script.pieces.push_back({Piece::Kind::embedding, index, {}, {}, hash(input.raw(), seed)});
}

}  // namespace

Result<Script> chat_script(const Behaviour& behaviour, const sdk::Request& request) {
    const auto document = AIHUB_TRY(sdk::JsonDocument::parse(request.body()));
    const Chat chat = AIHUB_TRY(read_chat(behaviour, request, document.root()));
    Script script;
    std::vector<std::vector<Piece>> choices;
    std::uint64_t total = 0;
    for (std::uint32_t choice = 0; choice < chat.choices; ++choice) {
        choices.push_back(AIHUB_TRY(choice_pieces(chat, behaviour, choice)));
        total += choices.back().size();
        if (total > kPiecesMax + kChoicesMax) {
            return wrong("an answer may have " + std::to_string(kPiecesMax) + " tokens; ask for fewer, or a smaller n");
        }
    }
    for (const JsonValue message : chat.root["messages"]) {
        script.input_tokens += tokens(text_of(message["content"])).size() + kTokensPerMessage;
    }
    script.pieces = interleaved(std::move(choices));
    return script;
}

Result<Script> embeddings_script(const Behaviour& behaviour, const sdk::Request& request) {
    const auto document = AIHUB_TRY(sdk::JsonDocument::parse(request.body()));
    const JsonValue root = document.root();
    const JsonValue input = root["input"];
    const std::uint64_t seed = behaviour.seed.value_or(0);
    Script script;
    script.dimensions = root["dimensions"].number<std::uint32_t>().value_or(behaviour.dimensions);
    if (script.dimensions < 1 || script.dimensions > 4096) {
        return wrong("dimensions must be from 1 to 4096");
    }
    const bool list = input.is(JsonKind::array) && !input[0].is(JsonKind::number);
    if (input.size() > kInputsMax && list) {
        return wrong("input may have " + std::to_string(kInputsMax) + " entries");
    }
    if (!list && (input.is(JsonKind::string) || input.size() > 0)) {
        add_embedding(script, input, seed);
    }
    for (std::size_t at = 0; const JsonValue entry : list ? input : JsonValue{}) {
        if (!entry.is(JsonKind::string) && !entry.is(JsonKind::array)) {
            return wrong("input entry " + std::to_string(at) + " is neither text nor a list of tokens");
        }
        add_embedding(script, entry, seed);
        ++at;
    }
    if (script.pieces.empty()) {
        return wrong("input must be text, a list of texts or lists of tokens, and not empty");
    }
    return script;
}

}  // namespace aihub::provider_simulator
