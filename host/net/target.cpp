#include "net/target.hpp"

#include "net/http_chars.hpp"

#include <aihub/text.hpp>

namespace aihub::net {

namespace {

constexpr std::string_view kEncodedSlash = "%2F";

Error ambiguous(std::string_view what) {
    return Error{Errc::invalid_request, std::string("the request path ").append(what)};
}

// The byte that "%xy" at `at` stands for; -1: no such escape.
int escaped_byte(std::string_view text, std::size_t at) {
    if (text.size() - at < 3) {
        return -1;
    }
    const int high = hex_value(static_cast<unsigned char>(text[at + 1]));
    const int low = hex_value(static_cast<unsigned char>(text[at + 2]));
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

// Decodes all but encoded slashes.
Result<std::string> decode_path(std::string_view path) {
    std::string decoded;
    decoded.reserve(path.size());
    for (std::size_t at = 0; at < path.size(); ++at) {
        if (path[at] != '%') {
            decoded += path[at];
            continue;
        }
        const int byte = escaped_byte(path, at);
        if (byte < 0) {
            return ambiguous("has a percent sign without two hexadecimal digits");
        }
        at += 2;
        if (byte == '/') {
            decoded += kEncodedSlash;
            continue;
        }
        // Were it decoded, what stands behind it could turn it into another escape.
        if (byte == '%') {
            return ambiguous("holds an encoded percent sign");
        }
        decoded += static_cast<char>(byte);
    }
    return decoded;
}

// `path` is decoded, so a slash is either "/" or "%2F"; the latter only if it `may_be_encoded`.
Result<void> check_segments(std::string_view path, bool may_be_encoded) {
    path.remove_prefix(1);
    for (;;) {
        const std::size_t plain = path.find('/');
        const std::size_t encoded = may_be_encoded ? path.find(kEncodedSlash) : std::string_view::npos;
        const std::size_t end = plain < encoded ? plain : encoded;
        const std::string_view segment = path.substr(0, end);
        if (segment == "." || segment == "..") {
            return ambiguous("has a dot segment");
        }
        if (end == std::string_view::npos) {
            return {};
        }
        if (segment.empty()) {
            return ambiguous("has an empty segment");
        }
        path.remove_prefix(end == plain ? end + 1 : end + kEncodedSlash.size());
    }
}

Result<void> check_bytes(std::string_view path) {
    for (std::size_t at = 0; at < path.size();) {
        const auto byte = static_cast<unsigned char>(path[at]);
        if (byte < 0x20 || byte == 0x7F) {
            return ambiguous("holds a control character");
        }
        if (byte == '\\' || byte == ';') {
            return ambiguous("holds a backslash or a semicolon");
        }
        const std::size_t length = byte < 0x80 ? 1 : sdk::utf8_length(path.substr(at, 4));
        if (length == 0) {
            return ambiguous("is not well-formed UTF-8");
        }
        at += length;
    }
    return {};
}

Result<std::string> decode_parameter(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            decoded += text[at] == '+' ? ' ' : text[at];
            continue;
        }
        const int byte = escaped_byte(text, at);
        if (byte < 0) {
            return Error{Errc::invalid_request, "the query has a percent sign without two hexadecimal digits"};
        }
        decoded += static_cast<char>(byte);
        at += 2;
    }
    return decoded;
}

}  // namespace

Result<Target> Target::parse(std::string_view text) {
    if (text.empty() || text.front() != '/') {
        return ambiguous("does not begin with a slash");
    }
    Target target;
    const std::size_t question = text.find('?');
    target.path_ = text.substr(0, question);
    if (question != std::string_view::npos) {
        target.query_ = text.substr(question + 1);
    }
    // What is not ASCII, and spaces, must come encoded; decoded they may stand in a path.
    for (const char letter : text) {
        const auto byte = static_cast<unsigned char>(letter);
        if (byte <= 0x20 || byte >= 0x7F || byte == '#') {
            return ambiguous("or query holds a byte that must be percent-encoded");
        }
    }
    target.encoded_ = target.path_.find('%') != std::string_view::npos;
    if (target.encoded_) {
        target.decoded_ = AIHUB_TRY(decode_path(target.path_));
    }
    AIHUB_CHECK(check_bytes(target.path()));
    AIHUB_CHECK(check_segments(target.path(), target.encoded_));
    return target;
}

Result<std::optional<std::string>> Target::parameter(std::string_view name) const {
    std::string_view rest = query_;
    while (!rest.empty()) {
        const std::size_t end = rest.find('&');
        const std::string_view pair = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        const std::size_t equals = pair.find('=');
        if (AIHUB_TRY(decode_parameter(pair.substr(0, equals))) == name) {
            const std::string_view value = equals == std::string_view::npos ? "" : pair.substr(equals + 1);
            return std::optional<std::string>(AIHUB_TRY(decode_parameter(value)));
        }
    }
    return std::optional<std::string>();
}

std::string path_value(std::string_view part) {
    std::string value;
    value.reserve(part.size());
    for (;;) {
        const std::size_t slash = part.find(kEncodedSlash);
        value.append(part.substr(0, slash));
        if (slash == std::string_view::npos) {
            return value;
        }
        value += '/';
        part.remove_prefix(slash + kEncodedSlash.size());
    }
}

}  // namespace aihub::net
