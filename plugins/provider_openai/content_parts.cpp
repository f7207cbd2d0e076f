#include "content_parts.hpp"

#include "media_type.hpp"
#include "raw_json.hpp"

#include <aihub/json_read.hpp>

namespace aihub::provider_openai {
namespace {

using sdk::BlockKind;
using sdk::ChatBlock;
using sdk::JsonText;

std::string data_uri(std::string_view media_type, std::string_view base64) {
    std::string uri = "\"data:";
    return uri.append(media_type).append(";base64,").append(base64).append("\"");
}

std::string audio_format(std::string_view media_type) {
    std::string_view kind = media_type.substr(media_type.find('/') + 1);
    kind = kind.substr(0, kind.find(';'));
    if (kind == "x-wav" || kind == "wave" || kind == "vnd.wave" || kind.empty()) {
        return "wav";
    }
    return kind == "mpeg" ? "mp3" : std::string(kind);
}

void write_image(sdk::JsonWriter& json, const ChatBlock& block) {
    json.field("type", "image_url").key("image_url").begin_object().key("url");
    if (block.data.empty()) {
        json.raw(block.url);
    } else {
        const auto base64 = inside(block.data);
        const auto said = inside(block.media_type);
        const auto seen = media_type_of(base64);
        json.raw(data_uri(!said.empty() ? said : seen.empty() ? "image/jpeg" : seen, base64));
    }
    if (!block.detail.empty()) {
        json.key("detail").raw(block.detail);
    }
    json.end_object();
}

void write_file(sdk::JsonWriter& json, const ChatBlock& block) {
    json.field("type", "file").key("file").begin_object();
    if (!block.file_id.empty()) {
        json.key("file_id").raw(block.file_id).end_object();
        return;
    }
    json.key("filename").raw(block.title.empty() ? JsonText("\"document.pdf\"") : block.title);
    const auto said = inside(block.media_type);
    json.key("file_data").raw(data_uri(said.empty() ? "application/pdf" : said, inside(block.data))).end_object();
}

// A document that is a text has its title in front.
void write_text(sdk::JsonWriter& json, const ChatBlock& block) {
    json.field("type", "text").key("text");
    if (block.kind != BlockKind::document || block.title.empty()) {
        json.raw(block.text);
        return;
    }
    std::string text = "\"";
    json.raw(text.append(inside(block.title)).append("\\n\\n").append(inside(block.text)).append("\""));
}

void write_part(sdk::JsonWriter& json, const ChatBlock& block, const ChatWire& wire) {
    if (block.kind == BlockKind::provider) {
        json.raw(block.value);
        return;
    }
    json.begin_object();
    if (block.kind == BlockKind::image) {
        write_image(json, block);
    } else if (block.kind == BlockKind::audio) {
        json.field("type", "input_audio").key("input_audio").begin_object();
        json.key("data").raw(block.data).field("format", audio_format(inside(block.media_type))).end_object();
    } else if (block.kind == BlockKind::document && block.text.empty()) {
        write_file(json, block);
    } else {
        write_text(json, block);
    }
    if (wire.style.send_cache_control && !block.cache_control.empty()) {
        json.key("cache_control").raw(block.cache_control);
    }
    json.end_object();
}

// What this format has no word for; empty: it can say the block.
std::string missing_word(const ChatBlock& block) {
    switch (block.kind) {
        case BlockKind::text:
        case BlockKind::refusal:
            return block.text.empty() ? "text" : "";
        case BlockKind::image:
            return block.data.empty() && block.url.empty() ? "image.file_id" : "";
        case BlockKind::audio:
            return block.data.empty() ? "audio.url" : "";
        case BlockKind::document: {
            const bool here = !block.text.empty() || !block.data.empty() || !block.file_id.empty();
            return here ? "" : "document.url";
        }
        case BlockKind::video:
            return "video";
        case BlockKind::provider: {
            if (block.origin == kOwnFormat) {
                return {};
            }
            const auto value = sdk::JsonDocument::parse(block.value);
            return value ? value->root()["type"].string_or("provider") : "provider";
        }
        default:
            return std::string("block");
    }
}

}  // namespace

std::string joined_text(const Blocks& blocks) {
    std::string text = "\"";
    for (const ChatBlock* block : blocks) {
        text.append(text.size() > 1 ? "\\n" : "").append(inside(block->text));
    }
    return text + "\"";
}

Blocks sayable(const Blocks& blocks, ChatWire& wire) {
    Blocks kept;
    kept.reserve(blocks.size());
    for (const ChatBlock* block : blocks) {
        const bool silent = block->kind == BlockKind::text && !block->text.empty() && inside(block->text).empty();
        if (silent) {
            continue;  // It only brings another provider's signature.
        }
        if (const auto word = missing_word(*block); !word.empty()) {
            wire.dropped.say(word);
            continue;
        }
        if (!block->cache_control.empty() && !wire.style.send_cache_control) {
            wire.dropped.say("cache_control");
        }
        if (!block->citations.empty()) {
            wire.dropped.say("citations");
        }
        kept.push_back(block);
    }
    return kept;
}

void write_content(sdk::JsonWriter& json, const Blocks& blocks, ChatWire& wire) {
    const bool marked = wire.style.send_cache_control && blocks.size() == 1 && !blocks.front()->cache_control.empty();
    if (blocks.size() == 1 && blocks.front()->kind == BlockKind::text && !marked) {
        json.raw(blocks.front()->text);
        return;
    }
    json.begin_array();
    for (const ChatBlock* block : blocks) {
        write_part(json, *block, wire);
    }
    json.end_array();
}

}  // namespace aihub::provider_openai
