#include "media_type.hpp"

namespace aihub::provider_openai {

std::string_view media_type_of(std::string_view base64) {
    struct Beginning {
        std::string_view base64;
        std::string_view type;
    };
    constexpr Beginning kKnown[] = {
        {"/9j/", "image/jpeg"},
        {"iVBOR", "image/png"},
        {"R0lGOD", "image/gif"},
        {"JVBE", "application/pdf"},
        {"SUQz", "audio/mpeg"},
        {"//", "audio/mpeg"},
        {"ZkxhQ", "audio/flac"},
        {"T2dnU", "audio/ogg"},
    };
    for (const Beginning& known : kKnown) {
        if (base64.starts_with(known.base64)) {
            return known.type;
        }
    }
    // One container for both: "WEBP" or "WAVE" stands at its ninth byte.
    if (base64.starts_with("UklGR")) {
        return base64.size() >= 16 && base64.substr(12, 4) == "RUJQ" ? "image/webp" : "audio/wav";
    }
    return {};
}

}  // namespace aihub::provider_openai
