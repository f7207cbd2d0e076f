#include "dialect/media_url.hpp"

#include "dialect/request_check.hpp"

#include <aihub/json_write.hpp>

#include <algorithm>
#include <string>

namespace aihub::dialect {

namespace {

bool same(char left, char right) {
    const auto lower = [](char letter) { return letter >= 'A' && letter <= 'Z' ? letter + 32 : letter; };
    return lower(left) == lower(right);
}

bool begins(std::string_view text, std::string_view with) {
    return text.size() >= with.size() && std::ranges::equal(text.substr(0, with.size()), with, same);
}

bool ends(std::string_view text, std::string_view with) {
    return text.size() >= with.size() && std::ranges::equal(text.substr(text.size() - with.size()), with, same);
}

}  // namespace

BlockKind media_kind(std::string_view media_type) {
    if (begins(media_type, "image/")) {
        return BlockKind::image;
    }
    if (begins(media_type, "audio/")) {
        return BlockKind::audio;
    }
    return begins(media_type, "video/") ? BlockKind::video : BlockKind::document;
}

Result<void> set_media_url(JsonText url, const Place& place, ChatBlock& block, ChatBuilder& builder) {
    const std::string_view inner = url.substr(1, url.size() - 2);
    if (!begins(inner, "data:")) {
        block.url = url;
        if (ends(inner.substr(0, inner.find_first_of("?#")), ".pdf")) {
            block.kind = BlockKind::document;
        }
        return {};
    }
    const auto comma = inner.find(',');
    if (comma == std::string_view::npos) {
        return invalid(place, "must be a data URI as in data:image/png;base64,...");
    }
    // Only the head is taken apart: the data may be megabytes, and its escapes may stay.
    const std::string head = sdk::json_unescape(inner.substr(0, comma));
    if (!ends(head, ";base64")) {
        return invalid(place, "must have its data as base64: data:image/png;base64,...");
    }
    const std::string_view type = std::string_view(head).substr(5, head.find(';') - 5);
    if (!type.empty()) {
        block.media_type = builder.keep(sdk::json_string(type));
        block.kind = media_kind(type);
    }
    std::string data = "\"";
    block.data = builder.keep(std::move(data.append(url.substr(comma + 2))));
    return {};
}

}  // namespace aihub::dialect
