#include "chat_reply.hpp"

#include "chat_context.hpp"

#include <aihub/json_write.hpp>

#include <algorithm>

namespace aihub::provider_google {
namespace {

using sdk::JsonKind;
using sdk::JsonValue;

constexpr std::size_t kIdBytesMax = 40;

// Length of the escape of a high surrogate at the end of a string's inside: its partner may come in the next chunk.
std::size_t open_pair(std::string_view text) {
    constexpr std::size_t kLength = 6;  // \ud83d
    if (text.size() < kLength) {
        return 0;
    }
    const std::string_view last = text.substr(text.size() - kLength);
    const char kind = static_cast<char>(last[3] | 0x20);
    const bool high = last.starts_with("\\u") && (last[2] | 0x20) == 'd' &&
                      (last[3] == '8' || last[3] == '9' || kind == 'a' || kind == 'b');
    std::size_t slashes = 0;
    for (std::size_t at = text.size() - kLength; at > 0 && text[at - 1] == '\\'; --at) {
        ++slashes;
    }
    return high && slashes % 2 == 0 ? kLength : 0;
}

void write_logprob(sdk::JsonWriter& json, const JsonValue& from) {
    const std::string token = from["token"].string_or("");
    json.field("token", std::string_view(token));
    json.key("logprob").raw(from["logProbability"].is(JsonKind::number) ? from["logProbability"].raw() : "0");
    json.key("bytes").begin_array();
    for (const char byte : token) {
        json.value(static_cast<int>(static_cast<unsigned char>(byte)));
    }
    json.end_array();
}

std::string logprobs_of(const JsonValue& result) {
    const JsonValue chosen = result["chosenCandidates"];
    if (chosen.size() == 0) {
        return {};
    }
    const JsonValue tops = result["topCandidates"];  // one for each of them
    auto top = tops.begin();
    sdk::JsonWriter json;
    json.begin_array();
    for (const JsonValue token : chosen) {
        json.begin_object();
        write_logprob(json, token);
        json.key("top_logprobs").begin_array();
        if (!(top == tops.end())) {
            for (const JsonValue other : (*top)["candidates"]) {
                json.begin_object();
                write_logprob(json, other);
                json.end_object();
            }
            ++top;
        }
        json.end_array().end_object();
    }
    json.end_array();
    return std::move(json).text();
}

}  // namespace

void ChatReply::set_id(std::string_view id) {
    id_.clear();
    for (const char c : id.substr(0, kIdBytesMax)) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
        id_ += plain ? c : '_';
    }
}

ChatReply::Candidate& ChatReply::candidate(std::uint32_t index) {
    for (Candidate& known : candidates_) {
        if (known.index == index) {
            return known;
        }
    }
    return candidates_.emplace_back(Candidate{.index = index});
}

const ChatReply::Candidate* ChatReply::find(std::uint32_t index) const {
    const auto found = std::ranges::find(candidates_, index, &Candidate::index);
    return found == candidates_.end() ? nullptr : &*found;
}

bool ChatReply::told(std::uint32_t index) const {
    const Candidate* known = find(index);
    return known != nullptr && known->told;
}

bool ChatReply::called(std::uint32_t index) const {
    const Candidate* known = find(index);
    return known != nullptr && known->calls > 0;
}

void ChatReply::tell(const JsonValue& chunk, sdk::Call& call) {
    constexpr std::uint32_t kCandidatesMax = 256;
    for (const JsonValue one : chunk["candidates"]) {
        const std::uint32_t index = one["index"].number<std::uint32_t>().value_or(0);
        if (index >= kCandidatesMax) {
            continue;
        }
        Candidate& of = candidate(index);
        if (const std::string logprobs = logprobs_of(one["logprobsResult"]); !logprobs.empty()) {
            call.logprobs(logprobs, index);
        }
        for (const JsonValue part : one["content"]["parts"]) {
            tell_part(part, of, call);
        }
        of.citations.tell(one, index, call);
    }
}

void ChatReply::tell_part(const JsonValue& part, Candidate& of, sdk::Call& call) {
    if (part["functionCall"].is(JsonKind::object)) {
        tell_call(part, of, call);
        return;
    }
    const JsonValue media = part["inlineData"];
    if (media.is(JsonKind::object)) {
        // What it drew while it thought is no part of the answer.
        if (!part["thought"].boolean_or(false)) {
            of.told = true;
            of.last = Last::nothing;
            const std::string type = media["mimeType"].string_or("application/octet-stream");
            call.media(type, media["data"].string_or(""), of.index);
        }
    } else if (part["executableCode"] || part["codeExecutionResult"]) {
        tell_code(part, of, call);
        return;
    }
    tell_text(part, of, call);
}

void ChatReply::tell_text(const JsonValue& part, Candidate& of, sdk::Call& call) {
    const bool thought = part["thought"].boolean_or(false);
    const Last kind = thought ? Last::thought : Last::text;
    const bool media = part["inlineData"].is(JsonKind::object);
    const std::string signature = part["thoughtSignature"].string_or("");
    const std::string_view text = inner(part["text"].raw());
    if (text.empty() && (signature.empty() || media)) {
        return;
    }
    if (thought && of.last != Last::thought) {
        ++of.thoughts;
    }
    of.told = true;
    of.last = kind;
    of.held += text;
    const std::size_t open = open_pair(of.held);
    const std::string words = sdk::json_unescape(std::string_view(of.held).substr(0, of.held.size() - open));
    of.held.erase(0, of.held.size() - open);
    if (!words.empty()) {
        thought ? call.reasoning(words, of.index, of.thoughts - 1) : call.text(words, of.index);
    }
    if (!signature.empty()) {
        thought ? call.reasoning_signature(signature, of.index, of.thoughts - 1)
                : call.text_signature(signature, of.index, text.empty());
    }
}

void ChatReply::tell_call(const JsonValue& part, Candidate& of, sdk::Call& call) {
    const JsonValue function = part["functionCall"];
    const std::uint32_t index = of.calls++;
    of.told = true;
    of.last = Last::nothing;
    std::string id = function["id"].string_or("");
    if (id.empty()) {
        id = "call_" + id_ + "_" + (of.index == 0 ? "" : std::to_string(of.index) + "_") + std::to_string(index);
    }
    call.tool_begin(names_.inward(function["name"].string_or("")), id, of.index, index);
    if (const std::string signature = part["thoughtSignature"].string_or(""); !signature.empty()) {
        call.tool_signature(signature, of.index, index);
    }
    const bool object = function["args"].is(JsonKind::object);
    call.tool_arguments(object ? function["args"].raw() : std::string_view("{}"), of.index, index);
}

// Code that Gemini ran itself: other formats have no place for it but the text.
void ChatReply::tell_code(const JsonValue& part, Candidate& of, sdk::Call& call) {
    const JsonValue code = part["executableCode"]["code"];
    const JsonValue output = part["codeExecutionResult"]["output"];
    of.told = true;
    of.last = Last::text;
    if (code) {
        call.text("\n```python\n" + code.string_or("") + "\n```\n", of.index);
    }
    if (output) {
        call.text("\n```\n" + output.string_or("") + "\n```\n", of.index);
    }
}

}  // namespace aihub::provider_google
