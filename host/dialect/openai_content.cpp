#include "dialect/openai_content.hpp"

#include "dialect/media_url.hpp"

#include <aihub/json_write.hpp>

#include <array>
#include <string>

namespace aihub::dialect {

namespace {

constexpr std::array<std::string_view, 6> kTexts = {
    "\"text\"", "\"input_text\"", "\"output_text\"", "\"summary_text\"", "\"reasoning_text\"", "\"refusal\""};
constexpr std::array<std::string_view, 3> kUrls = {"\"image_url\"", "\"input_image\"", "\"video_url\""};
constexpr std::array<std::string_view, 2> kFiles = {"\"file\"", "\"input_file\""};

Result<ChatBlock> text_part(const JsonValue& part, const Place& place) {
    const bool refusal = part["type"].raw() == "\"refusal\"";
    const std::string_view member = refusal ? "refusal" : "text";
    ChatBlock block;
    block.kind = refusal ? BlockKind::refusal : BlockKind::text;
    block.text = AIHUB_TRY(required_of(JsonKind::string, part[member], place.member(member)));
    block.cache_control =
        AIHUB_TRY(optional_of(JsonKind::object, part["cache_control"], place.member("cache_control")));
    return block;
}

// {"image_url":{"url":...,"detail":...}} in the one format, {"image_url":"...","detail":...} in the other.
Result<ChatBlock> url_part(const JsonValue& part, const Place& place, ChatBuilder& builder) {
    ChatBlock block;
    const bool video = part["type"].raw() == "\"video_url\"";
    block.kind = video ? BlockKind::video : BlockKind::image;
    const char* const member = video ? "video_url" : "image_url";
    const JsonValue source = part[member];
    const bool nested = source.is(JsonKind::object);
    const JsonValue url = nested ? source["url"] : source;
    const JsonValue detail = nested ? source["detail"] : part["detail"];
    block.detail = AIHUB_TRY(optional_of(JsonKind::string, detail, place.member("detail")));
    block.cache_control =
        AIHUB_TRY(optional_of(JsonKind::object, part["cache_control"], place.member("cache_control")));
    if (!given(source) && given(part["file_id"])) {
        block.file_id = AIHUB_TRY(required_of(JsonKind::string, part["file_id"], place.member("file_id")));
        return block;
    }
    const Place at_source = place.member(member);
    const Place at_url = nested ? at_source.member("url") : at_source;
    const JsonText text = AIHUB_TRY(required_of(JsonKind::string, url, at_url));
    AIHUB_CHECK(set_media_url(text, at_url, block, builder));
    return block;
}

Result<ChatBlock> file_part(const JsonValue& part, const Place& place, ChatBuilder& builder) {
    const JsonValue file = part["file"].is(JsonKind::object) ? part["file"] : part;
    ChatBlock block;
    block.kind = BlockKind::document;
    block.title = AIHUB_TRY(optional_of(JsonKind::string, file["filename"], place.member("filename")));
    block.cache_control =
        AIHUB_TRY(optional_of(JsonKind::object, part["cache_control"], place.member("cache_control")));
    const JsonText data = AIHUB_TRY(optional_of(JsonKind::string, file["file_data"], place.member("file_data")));
    if (data.starts_with("\"data:")) {
        AIHUB_CHECK(set_media_url(data, place.member("file_data"), block, builder));
        return block;
    }
    if (!data.empty()) {
        block.data = data;
        block.media_type = block.title.ends_with(".pdf\"") ? "\"application/pdf\"" : "";
        return block;
    }
    if (given(file["file_url"])) {
        const JsonText url = AIHUB_TRY(required_of(JsonKind::string, file["file_url"], place.member("file_url")));
        AIHUB_CHECK(set_media_url(url, place.member("file_url"), block, builder));
        return block;
    }
    if (!given(file["file_id"])) {
        return invalid(place, "must have file_data, file_url or file_id");
    }
    block.file_id = AIHUB_TRY(required_of(JsonKind::string, file["file_id"], place.member("file_id")));
    return block;
}

Result<ChatBlock> audio_part(const JsonValue& part, const Place& place, ChatBuilder& builder) {
    const Place at_audio = place.member("input_audio");
    const JsonValue audio = part["input_audio"];
    AIHUB_TRY(required_of(JsonKind::object, audio, at_audio));
    ChatBlock block;
    block.kind = BlockKind::audio;
    block.data = AIHUB_TRY(required_of(JsonKind::string, audio["data"], at_audio.member("data")));
    AIHUB_TRY(required_of(JsonKind::string, audio["format"], at_audio.member("format")));
    block.media_type = builder.keep(sdk::json_string("audio/" + audio["format"].string_or("")));
    return block;
}

Result<ChatBlock> read_part(const JsonValue& part, const Place& place, ChatBuilder& builder, UnknownParts unknown) {
    AIHUB_TRY(required_of(JsonKind::object, part, place));
    const JsonText type = AIHUB_TRY(required_of(JsonKind::string, part["type"], place.member("type")));
    if (one_of(kTexts, type)) {
        return text_part(part, place);
    }
    if (one_of(kUrls, type)) {
        return url_part(part, place, builder);
    }
    if (one_of(kFiles, type)) {
        return file_part(part, place, builder);
    }
    if (type == "\"input_audio\"") {
        return audio_part(part, place, builder);
    }
    if (unknown == UnknownParts::foreign) {
        return builder.foreign(part.raw());
    }
    return invalid(place.member("type"), "must be text, image_url, input_audio, file, video_url or refusal");
}

}  // namespace

Result<std::vector<ChatBlock>> openai_content(
    const JsonValue& content, const Place& place, ChatBuilder& builder, UnknownParts unknown
) {
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
        return invalid(place, "must be a string or an array of parts");
    }
    blocks.reserve(content.size());
    std::size_t at = 0;
    for (const JsonValue part : content) {
        ChatBlock block = AIHUB_TRY(read_part(part, place.element(at++), builder, unknown));
        if (block.kind != BlockKind::text || block.text.size() > 2) {
            blocks.push_back(std::move(block));
        }
    }
    return blocks;
}

}  // namespace aihub::dialect
