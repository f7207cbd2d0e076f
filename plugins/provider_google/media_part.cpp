#include "media_part.hpp"

#include <array>

namespace aihub::provider_google {
namespace {

using sdk::BlockKind;

struct Hint {
    std::string_view text;
    std::string_view type;
};

constexpr std::array kExtensions{
    Hint{"png", "image/png"},   Hint{"jpg", "image/jpeg"},        Hint{"jpeg", "image/jpeg"},
    Hint{"webp", "image/webp"}, Hint{"gif", "image/gif"},         Hint{"heic", "image/heic"},
    Hint{"heif", "image/heif"}, Hint{"mp3", "audio/mp3"},         Hint{"wav", "audio/wav"},
    Hint{"flac", "audio/flac"}, Hint{"aac", "audio/aac"},         Hint{"ogg", "audio/ogg"},
    Hint{"m4a", "audio/m4a"},   Hint{"aiff", "audio/aiff"},       Hint{"mp4", "video/mp4"},
    Hint{"mov", "video/mov"},   Hint{"mpeg", "video/mpeg"},       Hint{"mpg", "video/mpg"},
    Hint{"webm", "video/webm"}, Hint{"avi", "video/avi"},         Hint{"wmv", "video/wmv"},
    Hint{"3gp", "video/3gpp"},  Hint{"flv", "video/x-flv"},       Hint{"pdf", "application/pdf"},
    Hint{"txt", "text/plain"},  Hint{"md", "text/markdown"},      Hint{"html", "text/html"},
    Hint{"csv", "text/csv"},    Hint{"json", "application/json"}, Hint{"xml", "text/xml"},
};
// What base64 of such a file begins with.
constexpr std::array kBeginnings{
    Hint{"iVBORw0KGgo", "image/png"},
    Hint{"/9j/", "image/jpeg"},
    Hint{"R0lGOD", "image/gif"},
    Hint{"JVBERi0", "application/pdf"},
    Hint{"SUQz", "audio/mp3"},
    Hint{"ZkxhQ", "audio/flac"},
    Hint{"T2dnUw", "audio/ogg"},
};

std::string_view by_kind(BlockKind kind) {
    switch (kind) {
        case BlockKind::audio:
            return "audio/wav";
        case BlockKind::video:
            return "video/mp4";
        case BlockKind::document:
            return "application/pdf";
        default:
            return "image/jpeg";
    }
}

std::string_view by_extension(std::string_view url, std::string_view otherwise) {
    url = url.substr(0, url.find_first_of("?#"));
    const auto dot = url.rfind('.');
    const auto slash = url.rfind('/');
    if (dot == std::string_view::npos || (slash != std::string_view::npos && dot < slash)) {
        return otherwise;
    }
    std::string ending(url.substr(dot + 1, 8));
    for (char& c : ending) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    }
    for (const Hint& hint : kExtensions) {
        if (hint.text == ending) {
            return hint.type;
        }
    }
    return otherwise;
}

std::string_view by_beginning(std::string_view base64, BlockKind kind) {
    for (const Hint& hint : kBeginnings) {
        if (base64.starts_with(hint.text)) {
            return hint.type;
        }
    }
    const bool riff = base64.starts_with("UklGR");
    return riff && kind == BlockKind::image ? "image/webp" : by_kind(kind);
}

// A file of the Files API has a URI of its own; its type is known there.
constexpr std::string_view kFilesUri = "https://generativelanguage.googleapis.com/v1beta/";

Result<std::string> file_uri(std::string_view id) {
    if (id.find("://") != std::string_view::npos) {
        return std::string(id);
    }
    if (id.starts_with("files/")) {
        return std::string(kFilesUri) + std::string(id);
    }
    return Error{
        Errc::invalid_request,
        "the file \"" + std::string(id.substr(0, 100)) +
            "\" is not stored at Google: send its data or a URL, or an id that begins with files/"};
}

void write_type(sdk::JsonWriter& json, const sdk::ChatBlock& block, std::string_view guess) {
    if (!inner(block.media_type).empty()) {
        json.key("mimeType").raw(block.media_type);
    } else if (!guess.empty()) {
        json.field("mimeType", guess);
    }
}

// Only from the third generation on a part may say how closely it is looked at.
void write_detail(sdk::JsonWriter& json, const sdk::ChatBlock& block, const ChatContext& context) {
    const std::string_view detail = inner(block.detail);
    if (detail.empty() || detail == "auto") {
        return;
    }
    const bool known = detail == "low" || detail == "medium" || detail == "high";
    if (!known || context.model.generation < 3) {
        context.drops.add("detail");
        return;
    }
    const std::string_view level = detail == "low"      ? "MEDIA_RESOLUTION_LOW"
                                   : detail == "medium" ? "MEDIA_RESOLUTION_MEDIUM"
                                                        : "MEDIA_RESOLUTION_HIGH";
    json.key("mediaResolution").begin_object().field("level", level).end_object();
}

void write_file(sdk::JsonWriter& json, const sdk::ChatBlock& block, std::string_view uri) {
    const bool stored = uri.starts_with(kFilesUri);
    json.key("fileData").begin_object();
    write_type(json, block, stored ? std::string_view() : by_extension(uri, by_kind(block.kind)));
    json.field("fileUri", uri).end_object();
}

}  // namespace

bool is_media(BlockKind kind) {
    return kind == BlockKind::image || kind == BlockKind::audio || kind == BlockKind::video ||
           kind == BlockKind::document;
}

Result<void> write_media(sdk::JsonWriter& json, const sdk::ChatBlock& block, const ChatContext& context) {
    std::string uri = plain(block.url);
    if (!block.file_id.empty() && uri.empty() && block.data.empty()) {
        uri = AIHUB_TRY(file_uri(plain(block.file_id)));
    }
    context.drops.add_if(!block.title.empty(), "title");
    if (block.data.empty() && uri.empty()) {
        if (!block.text.empty()) {
            json.begin_object().key("text").raw(block.text).end_object();
        }
        return {};
    }
    json.begin_object();
    if (!block.data.empty()) {
        json.key("inlineData").begin_object();
        write_type(json, block, by_beginning(inner(block.data), block.kind));
        json.key("data").raw(block.data).end_object();
    } else {
        write_file(json, block, uri);
    }
    write_detail(json, block, context);
    if (!block.signature.empty()) {
        json.key("thoughtSignature").raw(block.signature);
    }
    json.end_object();
    return {};
}

}  // namespace aihub::provider_google
