// HTTP/1.1 as text, for the harness: lenient reading, exact writing.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aihub::testing {

// Headers in order of arrival; names as sent.
struct Headers {
    std::vector<std::pair<std::string, std::string>> list;
    // The first value of `name` (any case), or empty.
    [[nodiscard]] std::string get(std::string_view name) const;
    [[nodiscard]] std::size_t count(std::string_view name) const;
};

// One request as an upstream saw it, or one reply as a client saw it.
struct Message {
    std::string start_line;  // without CR LF
    Headers headers;
    std::string body;                 // without chunk framing
    std::vector<std::string> chunks;  // the body as it was chunked, if it was
    bool complete = false;            // it ended as its framing says

    // Of a request: "POST", "/v1/models". Of a reply: status() is 200.
    [[nodiscard]] std::string method() const;
    [[nodiscard]] std::string target() const;
    [[nodiscard]] int status() const;
};

enum class Side { request, reply };
enum class Ended { no, yes };

// Takes one message off the front of `bytes`. nullopt: not all there yet (bytes are kept). With `ended` the peer has
// closed: a reply without a length is complete then, and a cut one is handed over with complete = false.
// `head_only` is for replies to HEAD and for status 204 and 304.
[[nodiscard]] std::optional<Message> take_message(std::string& bytes, Side side, Ended ended, bool head_only = false);

// "HTTP/1.1 <status> X" with Content-Type, Content-Length and `extra` ("Name: value\r\n" lines).
[[nodiscard]] std::string http_reply(
    int status, std::string_view body, std::string_view content_type = "application/json", std::string_view extra = {}
);
// Head of a chunked event stream.
[[nodiscard]] std::string stream_head(std::string_view extra = {});
// One chunk of a chunked body; an empty one ends it.
[[nodiscard]] std::string chunk(std::string_view bytes);
// "data: <data>\n\n", chunked.
[[nodiscard]] std::string event_chunk(std::string_view data);
// A request with Host, Content-Length (when there is a body) and `extra` header lines.
[[nodiscard]] std::string http_request(
    std::string_view method, std::string_view target, std::string_view body = {}, std::string_view extra = {}
);
// The data of each event in an event stream (lines `data:`), in order.
[[nodiscard]] std::vector<std::string> event_data(std::string_view stream);

}  // namespace aihub::testing
