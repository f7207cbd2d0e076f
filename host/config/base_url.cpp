#include "config/base_url.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace aihub::config {
namespace {

Error wrong(std::string message) {
    return Error{Errc::invalid_request, std::move(message)};
}

bool valid_port(std::string_view text) {
    std::uint32_t port = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), port);
    return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() && port >= 1 && port <= 65535;
}

// "host", "host:port", "[v6]" or "[v6]:port".
bool valid_authority(std::string_view text) {
    std::string_view host = text;
    std::string_view rest;
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos) {
            return false;
        }
        host = text.substr(1, end - 1);
        rest = text.substr(end + 1);
    } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
        host = text.substr(0, colon);
        rest = text.substr(colon);
    }
    const bool v6 = text.starts_with('[');
    const auto part = [&](char c) {
        const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        return v6 ? hex || c == ':' || c == '.' : hex || letter || c == '-' || c == '.' || c == '_';
    };
    return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), part) &&
           (rest.empty() || (rest.front() == ':' && valid_port(rest.substr(1))));
}

std::string_view without_slashes(std::string_view text) {
    while (text.ends_with('/')) {
        text.remove_suffix(1);
    }
    return text;
}

// Each % begins two hexadecimal digits.
bool valid_percents(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789abcdefABCDEF";
    for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 3)) {
        const auto digits = text.substr(at + 1, 2);
        if (digits.size() < 2 || digits.find_first_not_of(kDigits) != std::string_view::npos) {
            return false;
        }
    }
    return true;
}

}  // namespace

Result<std::string> check_base_url(std::string_view text) {
    constexpr std::size_t kBytesMax = 2048;
    const bool shown = std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
    if (text.size() > kBytesMax || !shown) {
        return wrong("a URL with spaces, control or non-ASCII characters, or longer than 2048, write it percent-encoded"
        );
    }
    const std::size_t scheme_end = text.find("://");
    const std::string_view scheme = text.substr(0, scheme_end);
    if (scheme_end == std::string_view::npos || (scheme != "http" && scheme != "https")) {
        return wrong("not an http or https URL, write it like https://api.example.com/v1");
    }
    if (text.find('?') != std::string_view::npos || text.find('#') != std::string_view::npos) {
        return wrong("a URL with a query or fragment, leave out what begins with ? or #");
    }
    const std::string_view rest = text.substr(scheme_end + 3);
    const std::string_view authority = rest.substr(0, rest.find('/'));
    if (authority.find('@') != std::string_view::npos) {
        return wrong("a URL with credentials, leave them out and use api_key or secrets");
    }
    if (!valid_authority(authority)) {
        return wrong("a URL without a valid host and port, write it like https://api.example.com/v1");
    }
    return std::string(without_slashes(text));
}

Result<void> check_proxy_url(std::string_view text) {
    constexpr std::string_view kScheme = "http://";
    auto place = text.substr(std::min(text.size(), kScheme.size()));
    place = place.substr(0, place.ends_with('/') ? place.size() - 1 : place.size());
    const auto at = place.rfind('@');
    const bool percents = at == std::string_view::npos || valid_percents(place.substr(0, at));
    place = place.substr(at == std::string_view::npos ? 0 : at + 1);
    const auto colon = place.rfind(':');
    const bool port = colon != std::string_view::npos && place.find(']', colon) == std::string_view::npos;
    if (!text.starts_with(kScheme) || !percents || !port || !valid_authority(place)) {
        return wrong(
            "not the URL of an HTTP proxy, write it like http://proxy.example.com:3128 or "
            "http://user:password@host:port "
            "(https and SOCKS are not spoken to proxies)"
        );
    }
    return {};
}

std::string complete_base_url(std::string_view value, std::string_view suffix) {
    std::string url(value);
    if (url.find("://") == std::string::npos) {
        url = "http://" + url;
    }
    url = without_slashes(url);
    const bool has_path = url.find('/', url.find("://") + 3) != std::string::npos;
    return has_path ? url : url + std::string(suffix);
}

}  // namespace aihub::config
