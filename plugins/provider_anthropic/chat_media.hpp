// Images and documents of the canonical form, as the API takes them.
#pragma once

#include <aihub/chat.hpp>
#include <aihub/json_write.hpp>
#include <aihub/result.hpp>

namespace aihub::provider_anthropic {

// Writes type, source and title of an image or a document; the caller opens and closes the object. An error names what
// the provider cannot take.
[[nodiscard]] Result<void> write_media(sdk::JsonWriter& json, const sdk::ChatBlock& block);

}  // namespace aihub::provider_anthropic
