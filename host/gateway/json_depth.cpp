#include "gateway/json_depth.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace aihub::gateway {

namespace {

// Whether `text` holds the letter more than `most` times. Most bodies have few brackets: this skips over the rest.
bool has_more(std::string_view text, char letter, std::size_t most) {
    for (std::size_t count = 0; !text.empty(); ++count) {
        const void* found = std::memchr(text.data(), letter, text.size());
        if (found == nullptr) {
            return false;
        }
        if (count == most) {
            return true;
        }
        text.remove_prefix(static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) + 1);
    }
    return false;
}

// The position behind the string whose first letter stands at `at`.
std::size_t skip_string(std::string_view json, std::size_t at) {
    while (at < json.size() && json[at] != '"') {
        at += json[at] == '\\' ? 2 : 1;
    }
    return at + 1;
}

std::size_t depth_of(std::string_view json, std::size_t enough) {
    std::size_t depth = 0;
    std::size_t deepest = 0;
    for (std::size_t at = 0; at < json.size() && deepest <= enough;) {
        const char letter = json[at++];
        if (letter == '"') {
            at = skip_string(json, at);
        } else if (letter == '{' || letter == '[') {
            deepest = std::max(deepest, ++depth);
        } else if ((letter == '}' || letter == ']') && depth > 0) {
            --depth;
        }
    }
    return deepest;
}

}  // namespace

Result<void> check_json_depth(std::string_view json, std::size_t depth_max) {
    const std::size_t half = depth_max / 2;
    if (!has_more(json, '{', half) && !has_more(json, '[', half)) {
        return {};
    }
    if (depth_of(json, depth_max) <= depth_max) {
        return {};
    }
    return Error{
        Errc::invalid_request,
        "the request body nests objects and arrays deeper than " + std::to_string(depth_max) +
            " levels (limits.json_depth_max)",
        "json_too_deep",
        {}};
}

}  // namespace aihub::gateway
