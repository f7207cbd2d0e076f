// What may stand in an HTTP request: for settings that name headers and paths, and for names that go into a path.
#pragma once

#include <aihub/json_value.hpp>
#include <aihub/result.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aihub::sdk {

inline bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// A token of RFC 9110 section 5.6.2.
inline bool is_header_name(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return is_letter_or_digit(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

// Without line ends and other control characters; may be empty.
inline bool is_header_value(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
    });
}

// A path or a query as it is sent: visible ASCII without '#'; may be empty.
inline bool is_target_text(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F && c != '#'; });
}

// Everything that is not unreserved (RFC 3986 section 2.3) is escaped: whatever a client names stays one segment.
inline std::string percent_encoded(std::string_view text) {
    constexpr char kHex[] = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (is_letter_or_digit(c) || std::string_view("-._~").find(c) != std::string_view::npos) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += {'%', kHex[byte >> 4], kHex[byte & 0xF]};
    }
    return out;
}

// The first `placeholder` ("{model}") gives way to `text`; without one nothing happens.
inline void replace_placeholder(std::string& path, std::string_view placeholder, std::string_view text) {
    if (const auto at = path.find(placeholder); at != std::string::npos) {
        path.replace(at, placeholder.size(), text);
    }
}

// The error of create() for a setting that is not right.
inline Error wrong_setting(std::string_view setting, std::string_view remedy) {
    return Error{Errc::invalid_request, std::string(setting) + ": " + std::string(remedy)};
}

using HeaderList = std::vector<std::pair<std::string, std::string>>;

// A setting `headers`: an object of names and values. The error names the one that is not valid.
inline Result<HeaderList> read_headers(const JsonValue& setting) {
    HeaderList list;
    for (const JsonValue header : setting) {
        std::string value = header.string_or("");
        if (!is_header_name(header.key()) || !is_header_value(value)) {
            return wrong_setting("headers." + header.key(), "not a valid HTTP header name and value");
        }
        list.emplace_back(header.key(), std::move(value));
    }
    return list;
}

// The settings `auth_header` and `auth_prefix`: which header carries the key, and what stands before it.
inline Result<void> check_auth_header(std::string_view header, std::string_view prefix) {
    if (!is_header_name(header) || !is_header_value(prefix)) {
        return wrong_setting(
            "auth_header", "must be an HTTP header name, and auth_prefix plain text without line ends"
        );
    }
    return {};
}

}  // namespace aihub::sdk
