#include "loader/http_request.hpp"

#include "loader/abi_error.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <string>

namespace aihub::loader {
namespace {

// Fields that describe the connection or the message's length: a plugin that set one could smuggle a second request.
constexpr std::array<std::string_view, 16> kHostHeaders = {
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "upgrade",
    "te",
    "trailer",
    "expect",
    "proxy-connection",
    "proxy-authorization",
    "sec-websocket-key",
    "sec-websocket-version",
    "sec-websocket-protocol",
    "sec-websocket-extensions",
    "sec-websocket-accept"};

Error wrong(const std::string& message) {
    return Error{Errc::internal, "the plugin's request is wrong: " + message};
}

using Bytes = std::array<bool, 256>;

bool only(const Bytes& allowed, std::string_view text) {
    return std::all_of(text.begin(), text.end(), [&](unsigned char c) { return allowed[c]; });
}

// RFC 9110 section 5.6.2.
constexpr Bytes kTokenBytes = [] {
    Bytes bytes{};
    for (const char c :
         std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
        bytes[static_cast<unsigned char>(c)] = true;
    }
    return bytes;
}();
constexpr Bytes kValueBytes = [] {
    Bytes bytes{};
    bytes.fill(true);
    bytes['\r'] = bytes['\n'] = bytes['\0'] = false;
    return bytes;
}();

bool is_token(std::string_view text) {
    return !text.empty() && only(kTokenBytes, text);
}

bool same_name(std::string_view left, std::string_view right) {
    return left.size() == right.size() &&
           std::equal(left.begin(), left.end(), right.begin(), [](unsigned char a, unsigned char b) {
               return std::tolower(a) == std::tolower(b);
           });
}

bool is_path(std::string_view path) {
    return path.starts_with('/') &&
           std::all_of(path.begin(), path.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f && c != '#'; });
}

Result<capability::Framing> framing_of(std::int32_t framing) {
    switch (framing) {
        case AIHUB_FRAMING_WHOLE:
            return capability::Framing::whole;
        case AIHUB_FRAMING_SSE:
            return capability::Framing::sse;
        case AIHUB_FRAMING_NDJSON:
            return capability::Framing::ndjson;
        case AIHUB_FRAMING_RAW:
            return capability::Framing::raw;
        case AIHUB_FRAMING_WEB_SOCKET:
            return capability::Framing::web_socket;
        default:
            return wrong("framing " + std::to_string(framing) + " is not known");
    }
}

Result<void> check_header(const capability::RequestHeader& header) {
    if (!is_token(header.name)) {
        return wrong("a header's name is empty or has characters that a name must not have");
    }
    if (!is_header_value(header.value)) {
        return wrong("the value of header " + std::string(header.name) + " has a line break or a zero byte");
    }
    for (const std::string_view name : kHostHeaders) {
        if (same_name(header.name, name)) {
            return wrong("header " + std::string(header.name) + " is the host's: leave it out");
        }
    }
    return {};
}

}  // namespace

bool is_header_value(std::string_view value) {
    return only(kValueBytes, value);
}

Result<RequestView> RequestView::create(const aihub_http_request& request) {
    constexpr auto kMinimum = offsetof(aihub_http_request, n_body) + sizeof(request.n_body);
    if (request.struct_size < kMinimum) {
        return wrong("its struct_size is too short");
    }
    RequestView made;
    made.request_.framing = AIHUB_TRY(framing_of(request.framing));
    made.request_.pass_large =
        AIHUB_REACHES(&request, aihub_http_request, flags) && (request.flags & AIHUB_HTTP_PASS_LARGE) != 0;
    made.request_.method = view(request.method);
    made.request_.path = view(request.path);
    if (!is_token(made.request_.method) || made.request_.method.size() > 16) {
        return wrong("the method is empty or not a word");
    }
    if (!is_path(made.request_.path)) {
        return wrong("the path must begin with / and have no spaces, control characters or #");
    }
    if (request.n_headers > kHeadersMax || (request.n_headers != 0 && request.headers == nullptr)) {
        return wrong("more than 100 headers, or headers is NULL");
    }
    if (request.n_body > kBodyPartsMax || (request.n_body != 0 && request.body == nullptr)) {
        return wrong("more than 4096 body parts, or body is NULL");
    }
    std::size_t head_bytes = made.request_.path.size();
    made.headers_.reserve(request.n_headers);
    for (std::size_t i = 0; i < request.n_headers; ++i) {
        const aihub_request_header& header = request.headers[i];
        made.headers_.push_back({view(header.name), view(header.value), view(header.secret)});
        AIHUB_CHECK(check_header(made.headers_.back()));
        head_bytes += header.name.len + header.value.len;
    }
    if (head_bytes > kHeadBytesMax) {
        return wrong("path and headers are over 64 KiB");
    }
    made.body_.reserve(request.n_body);
    for (std::size_t i = 0; i < request.n_body; ++i) {
        if (broken(request.body[i])) {
            return wrong("a body part has a length but no bytes");
        }
        made.body_.push_back(view(request.body[i]));
    }
    made.request_.headers = made.headers_;
    made.request_.body = made.body_;
    return made;
}

}  // namespace aihub::loader
