#include "support/http_text.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>

namespace aihub::testing {
namespace {

constexpr std::string_view kNotFound = "";

bool same_name(std::string_view left, std::string_view right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](unsigned char a, unsigned char b) {
        return std::tolower(a) == std::tolower(b);
    });
}

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::optional<std::size_t> number(std::string_view text, int base) {
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{} || end == text.data()) {
        return std::nullopt;
    }
    return value;
}

Message parse_head(std::string_view head) {
    Message message;
    std::size_t at = head.find("\r\n");
    message.start_line = head.substr(0, at);
    while (at != std::string_view::npos && at + 2 < head.size()) {
        const auto begin = at + 2;
        at = head.find("\r\n", begin);
        const auto line = head.substr(begin, at == std::string_view::npos ? at : at - begin);
        const auto colon = line.find(':');
        if (colon != std::string_view::npos) {
            message.headers.list.emplace_back(line.substr(0, colon), trim(line.substr(colon + 1)));
        }
    }
    return message;
}

// Calls `piece` for each chunk of the chunked body at bytes[at], the last one perhaps cut. Gives the offset after the
// body, or nullopt when it is not all there.
template <class Piece>
std::optional<std::size_t> read_chunks(std::string_view bytes, std::size_t at, Piece piece) {
    while (true) {
        const auto line_end = bytes.find("\r\n", at);
        if (line_end == std::string_view::npos) {
            return std::nullopt;
        }
        const auto size = number(bytes.substr(at, line_end - at), 16);
        if (!size) {
            return std::nullopt;
        }
        at = line_end + 2;
        if (*size == 0) {
            const auto end = bytes.find("\r\n", at);
            return end == std::string_view::npos ? std::nullopt : std::optional(end + 2);
        }
        const bool whole = bytes.size() >= at + *size + 2;
        piece(bytes.substr(at, whole ? *size : std::string_view::npos), whole);
        if (!whole) {
            return std::nullopt;
        }
        at += *size + 2;
    }
}

std::string field(const std::string& line, int index) {
    std::size_t begin = 0;
    for (int skipped = 0; skipped < index; ++skipped) {
        const auto space = line.find(' ', begin);
        if (space == std::string::npos) {
            return {};
        }
        begin = space + 1;
    }
    return line.substr(begin, line.find(' ', begin) - begin);
}

}  // namespace

std::string Headers::get(std::string_view name) const {
    for (const auto& [key, value] : list) {
        if (same_name(key, name)) {
            return value;
        }
    }
    return std::string(kNotFound);
}

std::size_t Headers::count(std::string_view name) const {
    return static_cast<std::size_t>(std::count_if(list.begin(), list.end(), [&](const auto& header) {
        return same_name(header.first, name);
    }));
}

std::string Message::method() const {
    return field(start_line, 0);
}
std::string Message::target() const {
    return field(start_line, 1);
}
int Message::status() const {
    return static_cast<int>(number(field(start_line, 1), 10).value_or(0));
}

std::optional<Message> take_message(std::string& bytes, Side side, Ended ended, bool head_only) {
    const auto head_end = bytes.find("\r\n\r\n");
    if (head_end == std::string::npos) {
        if (ended == Ended::no || bytes.empty()) {
            return std::nullopt;
        }
        Message cut = parse_head(bytes);
        bytes.clear();
        return cut;
    }
    const std::string_view all = bytes;
    Message message = parse_head(all.substr(0, head_end));
    const auto at = head_end + 4;
    const auto length = number(message.headers.get("content-length"), 10);
    const bool chunked = message.headers.get("transfer-encoding").find("chunked") != std::string::npos;
    const int status = side == Side::reply ? message.status() : 0;
    const bool bodiless = head_only || status == 204 || status == 304 || (status >= 100 && status < 200);
    const bool until_close = side == Side::reply && !length && !chunked;
    std::optional<std::size_t> end;
    if (bodiless) {
        end = at;
    } else if (chunked) {
        end = read_chunks(all, at, [](std::string_view, bool) {});
    } else if (until_close) {
        end = ended == Ended::yes ? std::optional(all.size()) : std::nullopt;
    } else {
        end = all.size() - at >= length.value_or(0) ? std::optional(at + length.value_or(0)) : std::nullopt;
    }
    // The body is copied only now: it may be large, and come in many pieces.
    if (!end && ended == Ended::no) {
        return std::nullopt;
    }
    message.complete = end.has_value();
    if (chunked && !bodiless) {
        read_chunks(all, at, [&message](std::string_view piece, bool whole) {
            message.body += piece;
            if (whole) {
                message.chunks.emplace_back(piece);
            }
        });
    } else {
        message.body = all.substr(at, end.value_or(all.size()) - at);
    }
    bytes.erase(0, end.value_or(bytes.size()));
    return message;
}

std::string http_reply(int status, std::string_view body, std::string_view content_type, std::string_view extra) {
    return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: " + std::string(content_type) +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + std::string(extra) + "\r\n" +
           std::string(body);
}

std::string stream_head(std::string_view extra) {
    return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n" + std::string(extra) +
           "\r\n";
}

std::string chunk(std::string_view bytes) {
    char size[20];
    const auto end = std::to_chars(size, size + sizeof size, bytes.size(), 16).ptr;
    return std::string(size, end) + "\r\n" + std::string(bytes) + "\r\n";
}

std::string event_chunk(std::string_view data) {
    return chunk("data: " + std::string(data) + "\n\n");
}

std::string http_request(
    std::string_view method, std::string_view target, std::string_view body, std::string_view extra
) {
    std::string text = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: hub.test\r\n";
    if (!body.empty()) {
        text += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    }
    return text + std::string(extra) + "\r\n" + std::string(body);
}

std::vector<std::string> event_data(std::string_view stream) {
    std::vector<std::string> events;
    std::size_t at = 0;
    while (at < stream.size()) {
        const auto end = std::min(stream.find('\n', at), stream.size());
        const auto line = trim(stream.substr(at, end - at));
        if (line.starts_with("data:")) {
            events.emplace_back(trim(line.substr(5)));
        }
        at = end + 1;
    }
    return events;
}

}  // namespace aihub::testing
