#include "script.hpp"

#include "asked.hpp"
#include "document.hpp"
#include "words.hpp"

#include <algorithm>
#include <optional>

namespace aihub::provider_simulator {
namespace {

using sdk::JsonKind;
using sdk::JsonValue;

constexpr std::uint64_t kPiecesMax = 16384;
constexpr std::uint32_t kChoicesMax = 16;
constexpr std::size_t kInputsMax = 2048;
constexpr std::size_t kArgumentBytes = 16;

Error wrong(std::string_view what) {
    return Error{Errc::invalid_request, "simulator: " + std::string(what)};
}

struct Tool {
    std::string name;
    std::string arguments;
};

// A chat, and what its answer follows from.
struct Chat {
    AskedChat asked;
    std::uint64_t seed = 0;
    std::uint64_t limit = kPiecesMax;
};

// The document that a raw schema accepts; none: a minimal document would be too deep or too large.
std::optional<std::string> document_for(std::string_view schema) {
    if (schema.empty()) {
        return minimal_document({});
    }
    const auto document = sdk::JsonDocument::parse(schema);
    return document ? minimal_document(document->root()) : std::nullopt;
}

Result<std::optional<Tool>> tool_to_call(const AskedChat& asked, Kind kind) {
    // The answer to a tool's result is text, so that agents come to an end.
    const bool by_itself = kind == Kind::tools && !asked.ends_with_result;
    const bool wanted = asked.tool_wish == ToolWish::named || asked.tool_wish == ToolWish::required ||
                        (asked.tool_wish == ToolWish::free && by_itself);
    if (asked.tools.empty() || !wanted) {
        return std::optional<Tool>{};
    }
    auto tool = asked.tools.begin();
    if (asked.tool_wish == ToolWish::named) {
        tool = std::ranges::find(asked.tools, asked.tool_name, &AskedTool::name);
    }
    if (tool == asked.tools.end()) {
        return wrong("tool_choice names no function of tools");
    }
    const auto arguments = tool->parameters.empty() ? std::string("{}") : document_for(tool->parameters);
    if (!arguments) {
        return wrong("the tool's schema needs a document that is too deep or too large");
    }
    return std::optional(Tool{tool->name, *arguments});
}

// The text of one choice; it begins by saying where it comes from, unless a format was asked for.
Result<std::string> answer_text(const Chat& chat, const Behaviour& behaviour, std::uint64_t seed) {
    if (chat.asked.schema) {
        auto document = document_for(*chat.asked.schema);
        return document ? Result<std::string>(*std::move(document))
                        : wrong("response_format: the schema needs a document that is too deep or too large");
    }
    if (chat.asked.wants_json) {
        return std::string(R"({"simulated":true})");
    }
    if (behaviour.kind == Kind::echo) {
        return "Simulated echo: " + chat.asked.last_text;
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
    const auto tool = AIHUB_TRY(tool_to_call(chat.asked, behaviour.kind));
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

Result<Chat> read_chat(const Behaviour& behaviour, const sdk::Request& request) {
    Chat chat;
    chat.asked = AIHUB_TRY(read_asked(request));
    chat.seed = behaviour.seed.value_or(hash(chat.asked.messages, hash(request.model())));
    chat.limit = std::min(chat.limit, chat.asked.limit.value_or(chat.limit));
    if (chat.asked.choices < 1 || chat.asked.choices > kChoicesMax) {
        return wrong("n must be from 1 to " + std::to_string(kChoicesMax));
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
    const Chat chat = AIHUB_TRY(read_chat(behaviour, request));
    Script script;
    std::vector<std::vector<Piece>> choices;
    std::uint64_t total = 0;
    for (std::uint32_t choice = 0; choice < chat.asked.choices; ++choice) {
        choices.push_back(AIHUB_TRY(choice_pieces(chat, behaviour, choice)));
        total += choices.back().size();
        if (total > kPiecesMax + kChoicesMax) {
            return wrong("an answer may have " + std::to_string(kPiecesMax) + " tokens; ask for fewer, or a smaller n");
        }
    }
    script.input_tokens = chat.asked.input_tokens;
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
