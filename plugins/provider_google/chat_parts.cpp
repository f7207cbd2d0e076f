#include "chat_parts.hpp"

#include "media_part.hpp"

#include <aihub/json_read.hpp>

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace aihub::provider_google {
namespace {

using sdk::BlockKind;
using sdk::ChatBlock;
using sdk::ChatMessage;
using sdk::ChatRole;
using sdk::JsonText;

// Gemini takes it for a signature that was lost.
constexpr std::string_view kNoSignature = "\"skip_thought_signature_validator\"";

// The texts among the blocks as one string, with its quotes.
std::string joined_text(const std::vector<ChatBlock>& blocks) {
    std::string text = "\"";
    for (const ChatBlock& block : blocks) {
        if (block.text.empty()) {
            continue;
        }
        text.append(text.size() > 1 ? "\\n" : "").append(inner(block.text));
    }
    return text + '"';
}

// Otherwise they are the beginning of what the user says.
bool takes_instructions(const ChatContext& context) {
    return !context.request.model_facts.has_flag("no_system");
}

class ContentsWriter {
public:
    ContentsWriter(sdk::JsonWriter& json, const ChatContext& context) : json_(json), context_(context) {}

    Result<void> run() {
        json_.key("contents").begin_array();
        if (!takes_instructions(context_)) {
            for (const ChatBlock& block : context_.request.instructions) {
                context_.drops.add_if(!block.cache_control.empty(), "cache_control");
                if (!inner(block.text).empty()) {
                    part(ChatRole::user).begin_object().key("text").raw(block.text).end_object();
                }
            }
        }
        for (const ChatMessage& message : context_.request.messages) {
            context_.drops.add_if(!message.name.empty(), "name");
            AIHUB_CHECK(message.role == ChatRole::user ? user(message) : assistant(message));
        }
        if (!open_) {
            part(ChatRole::user).begin_object().field("text", " ").end_object();
        }
        json_.end_array().end_object().end_array();
        return {};
    }

private:
    struct Made {
        JsonText name;
        std::size_t order = 0;
    };

    // Where the next part goes: neighbours of one side are one content.
    sdk::JsonWriter& part(ChatRole role) {
        if (!open_ && role == ChatRole::assistant) {
            part(ChatRole::user).begin_object().field("text", " ").end_object();
        }
        if (open_ && role == role_) {
            return json_;
        }
        if (open_) {
            json_.end_array().end_object();
        }
        open_ = true;
        role_ = role;
        json_.begin_object().field("role", role == ChatRole::user ? "user" : "model").key("parts").begin_array();
        return json_;
    }

    Result<void> user(const ChatMessage& message) {
        std::vector<std::pair<Made, const ChatBlock*>> results;
        for (const ChatBlock& block : message.content) {
            if (block.kind == BlockKind::tool_result) {
                results.emplace_back(AIHUB_TRY(call_of(block)), &block);
            }
        }
        std::ranges::stable_sort(results, {}, [](const auto& result) { return result.first.order; });
        for (const auto& [made, block] : results) {
            AIHUB_CHECK(tool_result(*block, made.name));
        }
        for (const auto& [made, block] : results) {
            AIHUB_CHECK(media_of_result(*block));
        }
        for (const ChatBlock& block : message.content) {
            if (block.kind != BlockKind::tool_result) {
                AIHUB_CHECK(simple(ChatRole::user, block, signature_of(block)));
            }
        }
        return {};
    }

    // Gemini signs the part behind its thoughts, a call before a text; clients that know signed thoughts only bring the
    // signature with those.
    Result<void> assistant(const ChatMessage& message) {
        const auto is_call = [](const ChatBlock& block) { return block.kind == BlockKind::tool_call; };
        const bool calls = std::ranges::any_of(message.content, is_call);
        const BlockKind signed_kind = calls ? BlockKind::tool_call : BlockKind::text;
        JsonText pending;
        bool called = false;
        for (const ChatBlock& block : message.content) {
            JsonText signature = signature_of(block);
            if (block.kind == BlockKind::reasoning && pending.empty()) {
                pending = std::exchange(signature, {});
            } else if (block.kind == signed_kind && signature.empty()) {
                signature = std::exchange(pending, {});
            }
            if (!is_call(block)) {
                AIHUB_CHECK(simple(ChatRole::assistant, block, signature));
                continue;
            }
            const bool lost = !called && signature.empty() && context_.model.generation >= 3;
            tool_call(block, lost ? JsonText(kNoSignature) : signature);
            called = true;
        }
        if (!pending.empty()) {
            part(ChatRole::assistant).begin_object().field("text", "");
            sign(pending);
            json_.end_object();
        }
        return {};
    }

    // A signature without words may have come as reasoning that nobody else can read.
    JsonText signature_of(const ChatBlock& block) {
        const bool ours = block.origin.empty() || is_ours(block.origin);
        context_.drops.add_if(!ours && !block.signature.empty(), "signature");
        context_.drops.add_if(!ours && !block.redacted.empty(), "redacted");
        if (!ours) {
            return {};
        }
        return inner(block.signature).empty() ? block.redacted : block.signature;
    }

    void tool_call(const ChatBlock& block, JsonText signature) {
        calls_[block.id] = {block.name, ++order_};
        context_.drops.add_if(!block.cache_control.empty(), "cache_control");
        part(ChatRole::assistant).begin_object().key("functionCall").begin_object();
        json_.field("name", context_.names.outward(plain(block.name)));
        json_.key("args").raw(block.arguments.empty() ? JsonText("{}") : block.arguments).end_object();
        sign(signature);
        json_.end_object();
    }

    // Any block but calls and results of tools.
    Result<void> simple(ChatRole role, const ChatBlock& block, JsonText signature) {
        context_.drops.add_if(!block.cache_control.empty(), "cache_control");
        context_.drops.add_if(!block.citations.empty(), "citations");
        if (is_media(block.kind)) {
            return write_media(part(role), block, context_);
        }
        if (block.kind == BlockKind::provider) {
            if (!is_ours(block.origin)) {
                context_.drops.add("provider");
                return {};
            }
            part(role).raw(block.value);
            return {};
        }
        if (inner(block.text).empty() && signature.empty()) {
            return {};
        }
        part(role).begin_object().key("text").raw(block.text.empty() ? JsonText("\"\"") : block.text);
        if (block.kind == BlockKind::reasoning) {
            json_.field("thought", true);
        }
        sign(signature);
        json_.end_object();
        return {};
    }

    void sign(JsonText signature) {
        if (!signature.empty()) {
            json_.key("thoughtSignature").raw(signature);
        }
    }

    Result<Made> call_of(const ChatBlock& result) const {
        if (const auto found = calls_.find(result.id); found != calls_.end()) {
            return found->second;
        }
        if (!inner(result.name).empty()) {
            return Made{result.name, 0};
        }
        return Error{
            Errc::invalid_request,
            "a tool's result is for the call \"" + plain(result.id).substr(0, 100) +
                "\", which is not among the messages before it: send the assistant's message with that call, too"};
    }

    Result<void> tool_result(const ChatBlock& block, JsonText name) {
        context_.drops.add_if(!block.cache_control.empty(), "cache_control");
        part(ChatRole::user).begin_object().key("functionResponse").begin_object();
        json_.field("name", context_.names.outward(plain(name))).key("response");
        response(block);
        if (context_.model.generation >= 3) {
            AIHUB_CHECK(response_media(block));
        }
        json_.end_object().end_object();
        return {};
    }

    // Gemini wants an object: the tool's own, or one around its words.
    void response(const ChatBlock& block) {
        const std::string text = joined_text(block.content);
        const std::string words = plain(text);
        const auto document = sdk::JsonDocument::parse(words, {.depth_max = 48, .values_max = 200'000});
        const bool object = document && document->root().is(sdk::JsonKind::object);
        if (object && !block.is_error) {
            json_.raw(document->root().raw());
            return;
        }
        json_.begin_object().key(block.is_error ? "error" : "output");
        json_.raw(object ? document->root().raw() : std::string_view(text)).end_object();
    }

    static bool has_media(const ChatBlock& result) {
        return std::ranges::any_of(result.content, [](const ChatBlock& piece) {
            return is_media(piece.kind) && piece.text.empty();
        });
    }

    Result<void> response_media(const ChatBlock& block) {
        if (!has_media(block)) {
            return {};
        }
        json_.key("parts").begin_array();
        for (const ChatBlock& piece : block.content) {
            if (is_media(piece.kind) && piece.text.empty()) {
                AIHUB_CHECK(write_media(json_, piece, context_));
            }
        }
        json_.end_array();
        return {};
    }

    // Before the third generation results of functions are words only; pictures stand behind them.
    Result<void> media_of_result(const ChatBlock& block) {
        if (context_.model.generation >= 3) {
            return {};
        }
        for (const ChatBlock& piece : block.content) {
            if (is_media(piece.kind) && piece.text.empty()) {
                AIHUB_CHECK(write_media(part(ChatRole::user), piece, context_));
            }
        }
        return {};
    }

    sdk::JsonWriter& json_;
    const ChatContext& context_;
    std::unordered_map<JsonText, Made> calls_;  // by the id as it is written
    std::size_t order_ = 0;
    ChatRole role_ = ChatRole::user;
    bool open_ = false;
};

}  // namespace

Result<void> write_contents(sdk::JsonWriter& json, const ChatContext& context) {
    if (!context.request.instructions.empty() && takes_instructions(context)) {
        json.key("systemInstruction").begin_object().key("parts").begin_array();
        for (const ChatBlock& block : context.request.instructions) {
            context.drops.add_if(!block.cache_control.empty(), "cache_control");
            if (!inner(block.text).empty()) {
                json.begin_object().key("text").raw(block.text).end_object();
            }
        }
        json.end_array().end_object();
    }
    return ContentsWriter(json, context).run();
}

}  // namespace aihub::provider_google
