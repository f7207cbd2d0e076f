#include "chat_media.hpp"

#include "json_texts.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace aihub::provider_anthropic {
namespace {

using sdk::BlockKind;
using sdk::ChatBlock;

Error refused(const std::string& what) {
    return Error{Errc::invalid_request, what};
}

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    });
    return text;
}

// What data is by its first bytes, for clients that do not say.
std::string type_by_data(std::string_view base64) {
    struct Beginning {
        std::string_view base64;
        std::string_view type;
    };
    constexpr Beginning kBeginnings[] = {
        {"iVBORw0", "image/png"},
        {"/9j/", "image/jpeg"},
        {"R0lGOD", "image/gif"},
        {"UklGR", "image/webp"},
        {"JVBERi", "application/pdf"}};
    for (const Beginning& beginning : kBeginnings) {
        if (base64.starts_with(beginning.base64)) {
            return std::string(beginning.type);
        }
    }
    return {};
}

std::string media_type_of(const ChatBlock& block) {
    std::string type = lower(plain(block.media_type));
    type = type.substr(0, type.find(';'));
    if (type.empty() && block.data.size() > 2) {
        type = type_by_data(block.data.substr(1));
    }
    return type == "image/jpg" ? "image/jpeg" : type;
}

bool is_pdf_url(sdk::JsonText url) {
    const std::string text = lower(plain(url));
    return std::string_view(text).substr(0, text.find_first_of("?#")).ends_with(".pdf");
}

// No value: it is no base64.
std::optional<std::string> decoded(std::string_view base64) {
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    while (base64.ends_with('=')) {
        base64.remove_suffix(1);
    }
    std::string out;
    out.reserve(base64.size() / 4 * 3 + 3);
    unsigned bits = 0;
    unsigned count = 0;
    for (const char c : base64) {
        const std::size_t value = kAlphabet.find(c);
        if (value == std::string_view::npos) {
            return std::nullopt;
        }
        bits = ((bits << 6U) | static_cast<unsigned>(value)) & 0xFFFFFU;
        count += 6;
        if (count >= 8) {
            count -= 8;
            out += static_cast<char>((bits >> count) & 0xFFU);
        }
    }
    return out;
}

void write_text_source(sdk::JsonWriter& json, sdk::JsonText text) {
    json.key("source").begin_object().field("type", "text").field("media_type", "text/plain");
    json.key("data").raw(text).end_object();
}

// Whether it became a document.
Result<bool> write_data(sdk::JsonWriter& json, const ChatBlock& block) {
    const std::string type = media_type_of(block);
    const bool image = type == "image/png" || type == "image/jpeg" || type == "image/gif" || type == "image/webp";
    if (type.starts_with("text/") || type == "application/json") {
        const auto text = decoded(plain(block.data));
        if (!text) {
            return refused("messages: the data of a document of type " + type + " is no base64");
        }
        json.field("type", "document");
        write_text_source(json, sdk::json_string(*text));
        return true;
    }
    if (!image && type != "application/pdf") {
        return refused(
            "messages: this provider takes no file of type " + (type.empty() ? "unknown" : type) +
            "; send a png, jpeg, gif or webp image, a PDF or text"
        );
    }
    json.field("type", image ? "image" : "document");
    json.key("source").begin_object().field("type", "base64").field("media_type", type);
    json.key("data").raw(block.data).end_object();
    return !image;
}

}  // namespace

Result<void> write_media(sdk::JsonWriter& json, const ChatBlock& block) {
    bool document = block.kind == BlockKind::document;
    if (!block.data.empty()) {
        document = AIHUB_TRY(write_data(json, block));
    } else if (!block.url.empty()) {
        document = document || is_pdf_url(block.url) || media_type_of(block) == "application/pdf";
        json.field("type", document ? "document" : "image");
        json.key("source").begin_object().field("type", "url").key("url").raw(block.url).end_object();
    } else if (!block.file_id.empty()) {
        json.field("type", document ? "document" : "image");
        json.key("source").begin_object().field("type", "file").key("file_id").raw(block.file_id).end_object();
    } else if (!block.text.empty()) {
        document = true;
        json.field("type", "document");
        write_text_source(json, block.text);
    } else {
        return refused("messages: an image or a document has no content; give its data, its URL or its id");
    }
    if (document && !is_blank(block.title)) {
        json.key("title").raw(block.title);
    }
    if (document && !block.citations.empty()) {
        json.key("citations").raw(block.citations);
    }
    return {};
}

}  // namespace aihub::provider_anthropic
