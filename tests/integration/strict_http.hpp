// A second, strict reader of HTTP/1.1 requests, written apart from the product's: what both take must mean the same.
#pragma once

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aihub::testing {

struct StrictRequest {
    std::string method, target;
    std::vector<std::pair<std::string, std::string>> fields;  // names in lower case
    std::string body;

    [[nodiscard]] std::vector<std::string> all(std::string_view name) const {
        std::vector<std::string> values;
        for (const auto& [own, value] : fields) {
            if (own == name) {
                values.push_back(value);
            }
        }
        return values;
    }
};

namespace strict_detail {

// The text up to the next CR LF, which is taken too.
inline std::optional<std::string> take_line(std::string_view& bytes) {
    const auto end = bytes.find("\r\n");
    if (end == std::string_view::npos || bytes.substr(0, end).find_first_of("\r\n") != std::string_view::npos) {
        return std::nullopt;
    }
    std::string line(bytes.substr(0, end));
    bytes.remove_prefix(end + 2);
    return line;
}

inline std::optional<std::size_t> number(const std::string& text, int base) {
    const std::string_view digits = base == 10 ? "0123456789" : "0123456789abcdefABCDEF";
    if (text.empty() || text.size() > 12 || text.find_first_not_of(digits) != std::string::npos) {
        return std::nullopt;
    }
    return std::stoull(text, nullptr, base);
}

inline bool take_chunks(std::string_view& bytes, std::string& body) {
    for (;;) {
        const auto line = take_line(bytes);
        const auto size = line ? number(line->substr(0, line->find(';')), 16) : std::nullopt;
        if (!size) {
            return false;
        }
        if (*size == 0) {
            break;
        }
        if (bytes.size() < *size + 2 || bytes.substr(*size, 2) != "\r\n") {
            return false;
        }
        body.append(bytes.substr(0, *size));
        bytes.remove_prefix(*size + 2);
    }
    for (;;) {  // the trailer
        const auto line = take_line(bytes);
        if (!line || (!line->empty() && line->find(':') == std::string::npos)) {
            return false;
        }
        if (line->empty()) {
            return true;
        }
    }
}

inline bool take_fields(std::string_view& bytes, StrictRequest& request) {
    for (;;) {
        const auto line = take_line(bytes);
        if (!line) {
            return false;
        }
        if (line->empty()) {
            return true;
        }
        const auto colon = line->find(':');
        if (colon == std::string::npos || colon == 0 || line->substr(0, colon).find_first_of(" \t_") != line->npos) {
            return false;
        }
        std::string name = line->substr(0, colon);
        std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
        const auto first = line->find_first_not_of(" \t", colon + 1);
        const auto last = line->find_last_not_of(" \t");
        request.fields.emplace_back(
            std::move(name), first == std::string::npos ? std::string() : line->substr(first, last - first + 1)
        );
    }
}

}  // namespace strict_detail

// Takes one request off the front of `bytes`. nullopt: it is not exactly one by RFC 9112, or has no single reading.
inline std::optional<StrictRequest> take_strict_request(std::string_view& bytes) {
    StrictRequest request;
    const auto line = strict_detail::take_line(bytes);
    if (!line || std::count(line->begin(), line->end(), ' ') != 2 || !line->ends_with(" HTTP/1.1")) {
        return std::nullopt;
    }
    request.method = line->substr(0, line->find(' '));
    request.target = line->substr(request.method.size() + 1, line->rfind(' ') - request.method.size() - 1);
    if (request.target.empty() || request.target.front() != '/' || !strict_detail::take_fields(bytes, request)) {
        return std::nullopt;
    }
    const auto lengths = request.all("content-length");
    auto codings = request.all("transfer-encoding");
    if (request.all("host").size() != 1 || lengths.size() + codings.size() > 1) {
        return std::nullopt;
    }
    if (!codings.empty()) {
        auto& coding = codings.front();
        std::transform(coding.begin(), coding.end(), coding.begin(), [](unsigned char c) { return std::tolower(c); });
        const bool good = coding == "chunked" && strict_detail::take_chunks(bytes, request.body);
        return good ? std::optional(std::move(request)) : std::nullopt;
    }
    if (!lengths.empty()) {
        const auto length = strict_detail::number(lengths.front(), 10);
        if (!length || bytes.size() < *length) {
            return std::nullopt;
        }
        request.body = bytes.substr(0, *length);
        bytes.remove_prefix(*length);
    }
    return request;
}

}  // namespace aihub::testing
