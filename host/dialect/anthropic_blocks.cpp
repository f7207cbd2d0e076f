#include "dialect/anthropic_blocks.hpp"

#include <array>

namespace aihub::dialect {

namespace {

Result<void> read_source(const JsonValue& source, const Place& place, ChatBlock& block) {
    const JsonText type = AIHUB_TRY(required_of(JsonKind::string, source["type"], place.member("type")));
    if (type == "\"base64\"") {
        block.media_type = AIHUB_TRY(required_of(JsonKind::string, source["media_type"], place.member("media_type")));
        block.data = AIHUB_TRY(required_of(JsonKind::string, source["data"], place.member("data")));
        return {};
    }
    if (type == "\"url\"") {
        block.url = AIHUB_TRY(required_of(JsonKind::string, source["url"], place.member("url")));
        return {};
    }
    if (type == "\"file\"") {
        block.file_id = AIHUB_TRY(required_of(JsonKind::string, source["file_id"], place.member("file_id")));
        return {};
    }
    if (type == "\"text\"" && block.kind == BlockKind::document) {
        block.media_type = AIHUB_TRY(optional_of(JsonKind::string, source["media_type"], place.member("media_type")));
        block.text = AIHUB_TRY(required_of(JsonKind::string, source["data"], place.member("data")));
        return {};
    }
    return invalid(place.member("type"), "must be base64, url, file, or for a document text or content");
}

Result<ChatBlock> media(const JsonValue& value, const Place& place, BlockKind kind, ChatBuilder& builder) {
    const JsonValue source = value["source"];
    AIHUB_TRY(required_of(JsonKind::object, source, place.member("source")));
    // A document of blocks, made for citations of them.
    if (kind == BlockKind::document && source["type"].raw() == "\"content\"") {
        return builder.foreign(value.raw());
    }
    ChatBlock block;
    block.kind = kind;
    AIHUB_CHECK(read_source(source, place.member("source"), block));
    block.title = AIHUB_TRY(optional_of(JsonKind::string, value["title"], place.member("title")));
    const JsonValue citations = value["citations"];
    block.citations = AIHUB_TRY(optional_of(JsonKind::object, citations, place.member("citations")));
    return block;
}

Result<ChatBlock> text(const JsonValue& value, const Place& place, ChatBuilder&) {
    ChatBlock block;
    block.text = AIHUB_TRY(required_of(JsonKind::string, value["text"], place.member("text")));
    const JsonValue citations = value["citations"];
    const JsonText list = AIHUB_TRY(optional_of(JsonKind::array, citations, place.member("citations")));
    if (citations.size() > 0) {
        block.citations = list;
        block.origin = "\"anthropic.messages\"";
    }
    return block;
}

Result<ChatBlock> image(const JsonValue& value, const Place& place, ChatBuilder& builder) {
    return media(value, place, BlockKind::image, builder);
}

Result<ChatBlock> document(const JsonValue& value, const Place& place, ChatBuilder& builder) {
    return media(value, place, BlockKind::document, builder);
}

Result<ChatBlock> tool_use(const JsonValue& value, const Place& place, ChatBuilder&) {
    ChatBlock block;
    block.kind = BlockKind::tool_call;
    block.id = AIHUB_TRY(required_of(JsonKind::string, value["id"], place.member("id")));
    block.name = AIHUB_TRY(required_of(JsonKind::string, value["name"], place.member("name")));
    const JsonText input = AIHUB_TRY(optional_of(JsonKind::object, value["input"], place.member("input")));
    block.arguments = input.empty() ? "{}" : input;
    return block;
}

Result<ChatBlock> tool_result(const JsonValue& value, const Place& place, ChatBuilder& builder) {
    ChatBlock block;
    block.kind = BlockKind::tool_result;
    block.id = AIHUB_TRY(required_of(JsonKind::string, value["tool_use_id"], place.member("tool_use_id")));
    AIHUB_TRY(optional_of(JsonKind::boolean, value["is_error"], place.member("is_error")));
    block.is_error = value["is_error"].boolean_or(false);
    block.content = AIHUB_TRY(anthropic_content(value["content"], place.member("content"), builder));
    return block;
}

// Signed thoughts go back byte for byte, those without words, too: the provider refuses the next request otherwise.
Result<ChatBlock> thinking(const JsonValue& value, const Place& place, ChatBuilder&) {
    ChatBlock block;
    block.kind = BlockKind::reasoning;
    block.text = AIHUB_TRY(required_of(JsonKind::string, value["thinking"], place.member("thinking")));
    block.signature = AIHUB_TRY(optional_of(JsonKind::string, value["signature"], place.member("signature")));
    return block;
}

Result<ChatBlock> redacted_thinking(const JsonValue& value, const Place& place, ChatBuilder&) {
    ChatBlock block;
    block.kind = BlockKind::reasoning;
    block.redacted = AIHUB_TRY(required_of(JsonKind::string, value["data"], place.member("data")));
    return block;
}

struct BlockType {
    std::string_view type;
    Result<ChatBlock> (*read)(const JsonValue&, const Place&, ChatBuilder&);
};

constexpr std::array<BlockType, 7> kTypes = {{
    {"\"text\"", text},
    {"\"image\"", image},
    {"\"document\"", document},
    {"\"tool_use\"", tool_use},
    {"\"tool_result\"", tool_result},
    {"\"thinking\"", thinking},
    {"\"redacted_thinking\"", redacted_thinking},
}};

Result<ChatBlock> read_block(const JsonValue& value, const Place& place, ChatBuilder& builder) {
    AIHUB_TRY(required_of(JsonKind::object, value, place));
    const JsonText type = AIHUB_TRY(required_of(JsonKind::string, value["type"], place.member("type")));
    for (const BlockType& known : kTypes) {
        if (known.type != type) {
            continue;
        }
        ChatBlock block = AIHUB_TRY(known.read(value, place, builder));
        if (block.kind != BlockKind::provider) {
            block.cache_control =
                AIHUB_TRY(optional_of(JsonKind::object, value["cache_control"], place.member("cache_control")));
        }
        return block;
    }
    return builder.foreign(value.raw());
}

}  // namespace

Result<std::vector<ChatBlock>> anthropic_content(const JsonValue& content, const Place& place, ChatBuilder& builder) {
    std::vector<ChatBlock> blocks;
    if (!given(content)) {
        return blocks;
    }
    if (content.is(JsonKind::string)) {
        if (content.raw().size() > 2) {
            blocks.push_back(text_block(BlockKind::text, content.raw()));
        }
        return blocks;
    }
    if (!content.is(JsonKind::array)) {
        return invalid(place, "must be a string or an array of blocks");
    }
    blocks.reserve(content.size());
    std::size_t at = 0;
    for (const JsonValue one : content) {
        const Place at_block = place.element(at++);
        ChatBlock block = AIHUB_TRY(read_block(one, at_block, builder));
        if (block.kind == BlockKind::text && block.text.size() <= 2) {
            continue;
        }
        // What the document is about, in front of it: there is no other place for it.
        if (const JsonValue context = one["context"]; block.kind == BlockKind::document && given(context)) {
            const JsonText words = AIHUB_TRY(required_of(JsonKind::string, context, at_block.member("context")));
            if (words.size() > 2) {
                blocks.push_back(text_block(BlockKind::text, words));
            }
        }
        blocks.push_back(std::move(block));
    }
    return blocks;
}

}  // namespace aihub::dialect
