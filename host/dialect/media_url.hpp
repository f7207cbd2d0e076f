// Images, documents and sounds that a client gives as a URL, with their bytes in it or not.
#pragma once

#include "base/result.hpp"
#include "dialect/chat_builder.hpp"
#include "dialect/place.hpp"

#include <string_view>

namespace aihub::dialect {

// What a media type stands for: "image/png" is an image, "application/pdf" a document.
[[nodiscard]] BlockKind media_kind(std::string_view media_type);

// Sets `url`, or for a data URI `media_type` and `data`, from the JSON string `url`. The kind becomes that of the media
// type, or document for a URL that ends in .pdf; otherwise it stays as it is. Error: a data URI that is not base64.
[[nodiscard]] Result<void> set_media_url(JsonText url, const Place& place, ChatBlock& block, ChatBuilder& builder);

}  // namespace aihub::dialect
