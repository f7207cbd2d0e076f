#include "answer.hpp"

#include "finish_reason.hpp"
#include "json_texts.hpp"

#include <aihub/json_write.hpp>

#include <optional>
#include <utility>

namespace aihub::provider_anthropic {
namespace {

constexpr std::size_t kOpenBlocksMax = 256;
constexpr std::size_t kDepthMax = 256;  // of arguments, too

Error senseless(std::string_view what) {
    return Error{Errc::unavailable, "the provider sent " + std::string(what)};
}

// Where a string ends with the first half of a character that is written in two (\ud83d): the length of that half.
std::size_t half_at_end(std::string_view inner) {
    constexpr std::size_t kLength = 6;
    if (inner.size() < kLength) {
        return 0;
    }
    const std::string_view last = inner.substr(inner.size() - kLength);
    const bool high = last[0] == '\\' && last[1] == 'u' && (last[2] == 'd' || last[2] == 'D') &&
                      std::string_view("89abAB").find(last[3]) != std::string_view::npos;
    std::size_t slashes = 0;
    while (slashes < inner.size() - kLength && inner[inner.size() - kLength - 1 - slashes] == '\\') {
        ++slashes;
    }
    return high && slashes % 2 == 0 ? kLength : 0;
}

// A source as the canonical form has it; empty: there is nothing to say.
std::string citation_json(const sdk::JsonValue& citation) {
    sdk::JsonWriter json;
    json.begin_object();
    const auto put = [&json](std::string_view name, const sdk::JsonValue& value) {
        if (value.is(sdk::JsonKind::string)) {
            json.key(name).raw(value.raw());
        }
    };
    put("url", citation["url"] ? citation["url"] : citation["source"]);
    put("title", citation["title"].is(sdk::JsonKind::string) ? citation["title"] : citation["document_title"]);
    put("cited_text", citation["cited_text"]);
    json.end_object();
    std::string text = std::move(json).text();
    return text == "{}" ? std::string() : text;
}

void tell_citation(const sdk::JsonValue& citation, sdk::Call& call) {
    if (const std::string json = citation_json(citation); !json.empty()) {
        call.citation(json);
    }
}

}  // namespace

Result<void> Answer::on_event(const StreamEvent& event, sdk::Call& call) {
    if (event.type == "message_start") {
        const auto message = sdk::JsonDocument::parse(event.message, {.depth_max = kDepthMax});
        return message ? begin(message->root(), call) : Result<void>(senseless("a message that is not valid JSON"));
    }
    if (event.type == "content_block_start") {
        return begin_block(event.index, event.content_block, call);
    }
    if (event.type == "content_block_delta") {
        const auto block = blocks_.find(event.index);
        return block == blocks_.end() ? Result<void>(senseless("a piece of a block that it had not begun"))
                                      : on_delta(block->second, event.delta, call);
    }
    if (event.type == "content_block_stop") {
        end_block(event.index, call);
    }
    if (event.type == "message_delta") {
        StreamDelta delta;
        if (!event.delta.empty() && !scan_delta(event.delta, delta)) {
            return senseless("an end that is not valid JSON");
        }
        if (!delta.stop_reason.empty()) {
            tell_finish(delta.stop_reason, delta.stop_sequence, call);
        }
        tell_usage(event.usage, call);
    }
    return {};
}

Result<void> Answer::on_whole(std::string_view message, sdk::Call& call) {
    const auto document = sdk::JsonDocument::parse(message, {.depth_max = kDepthMax});
    if (!document) {
        return senseless("an answer that is not valid JSON");
    }
    const sdk::JsonValue root = document->root();
    if (!root["content"].is(sdk::JsonKind::array)) {
        return senseless("an answer without content");
    }
    AIHUB_CHECK(begin(root, call));
    std::uint32_t index = 0;
    for (const sdk::JsonValue block : root["content"]) {
        AIHUB_CHECK(begin_block(index, block.raw(), call));
        end_block(index++, call);
    }
    const sdk::JsonValue reason = root["stop_reason"];
    if (reason.is(sdk::JsonKind::string)) {
        tell_finish(reason.raw(), root["stop_sequence"].raw(), call);
    }
    return {};
}

bool Answer::finish(sdk::Call& call) {
    if (!begun_) {
        return false;
    }
    while (!blocks_.empty()) {
        end_block(blocks_.begin()->first, call);
    }
    if (!finished_) {
        tell_finish({}, {}, call);
    }
    return true;
}

Result<void> Answer::begin(const sdk::JsonValue& message, sdk::Call& call) {
    if (begun_ || !message.is(sdk::JsonKind::object)) {
        return senseless("a beginning of an answer that makes no sense");
    }
    begun_ = true;
    if (const auto id = message["id"].string(); id && !id->empty()) {
        call.id(*id);
    }
    if (const auto model = message["model"].string(); model && !model->empty()) {
        call.model(*model);
    }
    tell_usage(message["usage"].raw(), call);
    return {};
}

// A whole block begins like one of a stream; there it has all in it that deltas bring otherwise.
Result<void> Answer::begin_block(std::uint32_t index, std::string_view content, sdk::Call& call) {
    const auto document = sdk::JsonDocument::parse(content, {.depth_max = kDepthMax});
    if (!begun_ || !document || blocks_.size() >= kOpenBlocksMax || blocks_.contains(index)) {
        return senseless("a block of content that makes no sense");
    }
    const sdk::JsonValue root = document->root();
    const std::string type = root["type"].string_or("");
    Block& block = blocks_[index];
    if (type == "text") {
        block.kind = Kind::text;
        add(block, root["text"].raw(), call);
        for (const sdk::JsonValue citation : root["citations"]) {
            tell_citation(citation, call);
        }
    } else if (type == "thinking") {
        block.kind = Kind::reasoning;
        block.number = thoughts_++;
        add(block, root["thinking"].raw(), call);
        if (const std::string signature = root["signature"].string_or(""); !signature.empty()) {
            call.reasoning_signature(signature, 0, block.number);
        }
    } else if (type == "redacted_thinking") {
        call.redacted_reasoning(root["data"].string_or(""), 0, thoughts_++);
    } else if (type == "tool_use") {
        begin_tool(block, root, call);
    }
    return {};
}

void Answer::begin_tool(Block& block, const sdk::JsonValue& content, sdk::Call& call) {
    const std::string name = content["name"].string_or("");
    const sdk::JsonValue input = content["input"];
    if (input.is(sdk::JsonKind::object) && input.size() > 0) {
        block.arguments = input.raw();
    }
    if (!answer_tool_.empty() && name == answer_tool_) {
        block.kind = Kind::answer;
        return;
    }
    block.kind = Kind::tool;
    block.number = tools_++;
    call.tool_begin(names_.original(name), content["id"].string_or(""), 0, block.number);
}

Result<void> Answer::on_delta(Block& block, std::string_view raw, sdk::Call& call) {
    StreamDelta delta;
    if (!scan_delta(raw, delta)) {
        return senseless("a piece of content that is not valid JSON");
    }
    if (delta.type == "signature_delta") {
        if (block.kind == Kind::reasoning) {
            call.reasoning_signature(plain(delta.text), 0, block.number);
        }
        return {};
    }
    if (delta.type != "citations_delta") {
        add(block, delta.text, call);
        return {};
    }
    const auto citation = sdk::JsonDocument::parse(delta.citation);
    if (citation && block.kind == Kind::text) {
        tell_citation(citation->root(), call);
    }
    return {};
}

// `quoted` is a JSON string. A character that is split between two of them is told with the second.
void Answer::add(Block& block, std::string_view quoted, sdk::Call& call) {
    if (quoted.size() <= 2 || quoted.front() != '"' || block.kind == Kind::other) {
        return;
    }
    std::string_view inner = quoted.substr(1, quoted.size() - 2);
    const std::size_t half = half_at_end(inner);
    const std::string_view rest = inner.substr(inner.size() - half);
    inner.remove_suffix(half);
    const bool plain_text = block.half.empty() && inner.find('\\') == std::string_view::npos;
    if (plain_text) {
        tell(block, inner, call);
    } else {
        tell(block, sdk::json_unescape(std::exchange(block.half, {}) + std::string(inner)), call);
    }
    block.half = rest;
}

void Answer::tell(Block& block, std::string_view text, sdk::Call& call) {
    if (text.empty()) {
        return;
    }
    block.has_arguments = true;
    if (block.kind == Kind::reasoning) {
        call.reasoning(text, 0, block.number);
    } else if (block.kind == Kind::tool) {
        call.tool_arguments(text, 0, block.number);
    } else {
        call.text(text);
    }
}

void Answer::end_block(std::uint32_t index, sdk::Call& call) {
    const auto found = blocks_.find(index);
    if (found == blocks_.end()) {
        return;
    }
    Block& block = found->second;
    if (!block.half.empty()) {
        tell(block, sdk::json_unescape(std::exchange(block.half, {})), call);
    }
    const bool wants_arguments = block.kind == Kind::tool || block.kind == Kind::answer;
    if (wants_arguments && !block.has_arguments) {
        tell(block, block.arguments.empty() ? "{}" : block.arguments, call);
    }
    blocks_.erase(found);
}

void Answer::tell_usage(std::string_view raw, sdk::Call& call) {
    if (!raw.empty() && usage_.read(raw)) {
        call.usage(usage_.total());
    }
}

void Answer::tell_finish(std::string_view stop_reason, std::string_view stop_sequence, sdk::Call& call) {
    if (std::exchange(finished_, true)) {
        return;
    }
    std::string_view reason = finish_reason(stop_reason);
    // The call of the answer's own tool is none for the client.
    if (tools_ > 0 && reason == "stop") {
        reason = "tool_calls";
    } else if (tools_ == 0 && reason == "tool_calls") {
        reason = "stop";
    }
    call.finish(reason, 0, plain(stop_sequence));
}

}  // namespace aihub::provider_anthropic
