// The head of an HTTP/1.1 message: request line or status line, fields, and what they say about the body. No I/O.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace aihub::net {

// Both are views of the buffer that was parsed. The value has no white space around it.
struct HeaderField {
    std::string_view name, value;
};

enum class BodyKind {
    none,         // no body follows
    length,       // `length` bytes follow; may be 0
    chunked,      // see ChunkedDecoder
    until_close,  // all until the peer ends its side; replies only
};

// What parse_*_head() keeps between two calls on the growing buffer of one head.
struct HeadScan {
    std::size_t bytes = 0;  // searched for the head's end
};

// Value of the first field of that name, or empty. `lower_case_name` is in lower case.
[[nodiscard]] std::string_view find_field(const std::vector<HeaderField>& fields, std::string_view lower_case_name);

// Kept by the connection and used for one request after the other, so that the list keeps its storage. All views are
// into the buffer of the last call and end with it.
struct RequestHead {
    std::string_view method;  // letters A to Z
    std::string_view target;  // begins with "/"; no control, space, "#" or byte over 0x7e. See Target
    int minor_version = 1;    // HTTP/1.x
    std::vector<HeaderField> fields;
    BodyKind body = BodyKind::none;
    std::uint64_t length = 0;
    bool keep_alive = true;        // as far as the client is concerned
    bool expect_continue = false;  // a body follows and the client waits for "100 Continue"
    std::size_t head_bytes = 0;    // the body begins here
    HeadScan scan;

    [[nodiscard]] std::string_view find(std::string_view lower_case_name) const {
        return find_field(fields, lower_case_name);
    }
    // The bytes given to the last call will not be continued; the next call begins another head.
    void restart() { scan = {}; }
};

// The same for replies. Interim replies (status 100 to 199) are complete heads without a body: skip `head_bytes` and
// parse again. 101 is an error unless the request was an upgrade.
struct ReplyHead {
    int status = 0;  // 100 to 599
    int minor_version = 1;
    std::string_view reason;
    std::vector<HeaderField> fields;  // without those whose name holds "_"
    BodyKind body = BodyKind::none;
    std::uint64_t length = 0;
    bool keep_alive = true;  // the connection can serve again once the body has been read to its end
    std::size_t head_bytes = 0;
    HeadScan scan;

    [[nodiscard]] std::string_view find(std::string_view lower_case_name) const {
        return find_field(fields, lower_case_name);
    }
    void restart() { scan = {}; }
};

struct HeadLimits {
    std::size_t bytes_max = 32768;  // the whole head with its empty line
    std::size_t fields_max = 128;
    std::size_t target_bytes_max = 8192;
};

enum class HeadProgress { need_more, complete };

// Parses the head that begins at buffer[0]. After need_more call again with the same bytes and more behind them,
// wherever they lie now; what was searched is not searched again. After complete and after an error the next call
// begins another head. Takes exactly what RFC 9112 allows a sender to write, and less: no bare CR or LF, no folded
// fields, one length.
//
// Requests fail with invalid_request, header_too_large, expectation_failed, or not_implemented for a transfer coding
// that is not "chunked"; close the connection after the answer. Replies fail with upstream_failed; close the
// connection.
[[nodiscard]] Result<HeadProgress> parse_request_head(
    std::string_view buffer, const HeadLimits& limits, RequestHead& head
);

enum class ReplyTo { head, upgrade, other };  // the method of the request, or that it asked for another protocol
[[nodiscard]] Result<HeadProgress> parse_reply_head(
    std::string_view buffer, const HeadLimits& limits, ReplyTo method, ReplyHead& head
);

}  // namespace aihub::net
