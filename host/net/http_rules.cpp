#include "net/http_rules.hpp"

#include "net/http_chars.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <system_error>

namespace aihub::net {

namespace {

constexpr std::array<bool, 256> kHostBytes = [] {
    std::array<bool, 256> bytes{};
    for (const char letter :
         std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_~:[]")) {
        bytes[static_cast<unsigned char>(letter)] = true;
    }
    return bytes;
}();

bool digits_only(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return is_digit(static_cast<unsigned char>(c)); });
}

}  // namespace

Result<std::uint64_t> parse_length(std::string_view value) {
    // from_chars would take a sign for a signed type only, but the grammar is digits and nothing else.
    if (!digits_only(value)) {
        return Error{Errc::invalid_request, "content-length is not a decimal number"};
    }
    std::uint64_t length = 0;
    const auto parsed = std::from_chars(value.data(), value.data() + value.size(), length);
    if (parsed.ec != std::errc{} || parsed.ptr != value.data() + value.size()) {
        return Error{Errc::invalid_request, "content-length is empty or too large a number"};
    }
    return length;
}

// Exactly "chunked". Everything else is told apart only for the sake of a good answer.
Result<void> check_transfer_coding(std::string_view value) {
    if (equals_ignoring_case(value, "chunked")) {
        return {};
    }
    if (value.ends_with(',')) {
        return Error{Errc::invalid_request, "transfer-encoding has an empty element"};
    }
    int chunked = 0;
    bool last_is_chunked = false;
    do {
        const std::string_view coding = take_element(value);
        if (coding.empty()) {
            return Error{Errc::invalid_request, "transfer-encoding has an empty element"};
        }
        for (const char letter : coding.substr(0, coding.find(';'))) {
            if (!is_token_byte(static_cast<unsigned char>(letter))) {
                return Error{Errc::invalid_request, "transfer-encoding is not a list of codings"};
            }
        }
        last_is_chunked = equals_ignoring_case(coding, "chunked");
        chunked += last_is_chunked ? 1 : 0;
    } while (!value.empty());
    if (chunked > 1 || (chunked == 1 && !last_is_chunked)) {
        return Error{Errc::invalid_request, "transfer-encoding must name chunked once, as the last coding"};
    }
    return Error{
        Errc::not_implemented,
        "transfer-encoding other than chunked is not taken",
        "unsupported_transfer_encoding",
        {}};
}

Result<void> check_host(std::string_view value) {
    const auto allowed = [](char c) { return kHostBytes[static_cast<unsigned char>(c)]; };
    if (value.empty() || !std::all_of(value.begin(), value.end(), allowed)) {
        return Error{Errc::invalid_request, "the host field is not a host name with an optional port"};
    }
    const bool bracketed = value.front() == '[';
    const std::size_t name_end = bracketed ? value.find(']') : value.find(':');
    const std::string_view name = value.substr(0, name_end);
    const std::string_view rest =
        name_end == std::string_view::npos ? "" : value.substr(name_end + (bracketed ? 1 : 0));
    const bool name_ok = bracketed ? name_end != std::string_view::npos && name.size() > 2 &&
                                         name.find_first_not_of("0123456789abcdefABCDEF:.", 1) == std::string_view::npos
                                   : !name.empty() && name.find('[') == std::string_view::npos &&
                                         name.find(']') == std::string_view::npos;
    const bool port_ok = rest.empty() || (rest.front() == ':' && rest.size() <= 6 && digits_only(rest.substr(1)));
    if (!name_ok || !port_ok) {
        return Error{Errc::invalid_request, "the host field is not a host name with an optional port"};
    }
    return {};
}

Result<void> check_method(std::string_view method) {
    constexpr std::size_t kMethodBytesMax = 16;
    for (const char letter : method) {
        if (letter < 'A' || letter > 'Z') {
            return Error{Errc::invalid_request, "the method is not made of the letters A to Z"};
        }
    }
    if (method.size() > kMethodBytesMax) {
        return Error{Errc::invalid_request, "the method is longer than 16 letters"};
    }
    return {};
}

Result<void> check_request_target(std::string_view target, std::size_t bytes_max) {
    if (target.size() > bytes_max) {
        return Error{
            Errc::header_too_large,
            "the request target is longer than " + std::to_string(bytes_max) + " bytes",
            std::string(kTargetTooLong),
            {}};
    }
    if (target.front() != '/') {
        return Error{Errc::invalid_request, "the request target does not begin with a slash"};
    }
    for (const char letter : target) {
        const auto byte = static_cast<unsigned char>(letter);
        if (byte <= 0x20 || byte >= 0x7F || byte == '#') {
            return Error{Errc::invalid_request, "the request target holds a byte that must be percent-encoded"};
        }
    }
    return {};
}

}  // namespace aihub::net
