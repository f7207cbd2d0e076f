// Writes server-sent events.
#pragma once

#include <string>
#include <string_view>

namespace aihub::net {

// Appends one event. `data` is written as one "data:" line for each of its lines (ended by LF, CRLF or CR), so content
// cannot forge an event. `event` may be empty: no name; it is cut at its first CR or LF.
inline void append_sse(std::string& out, std::string_view event, std::string_view data) {
    event = event.substr(0, event.find_first_of("\r\n"));
    if (!event.empty()) {
        out.append("event: ").append(event).push_back('\n');
    }
    for (;;) {
        const std::size_t end = data.find_first_of("\r\n");
        out.append("data: ").append(data.substr(0, end)).push_back('\n');
        if (end == std::string_view::npos) {
            break;
        }
        data.remove_prefix(data.substr(end, 2) == "\r\n" ? end + 2 : end + 1);
    }
    out.push_back('\n');
}

// Appends a comment, which keeps a quiet stream alive.
inline void append_sse_comment(std::string& out, std::string_view text) {
    out.append(": ").append(text.substr(0, text.find_first_of("\r\n"))).append("\n\n");
}

}  // namespace aihub::net
