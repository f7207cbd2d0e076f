#include "net/http_head.hpp"

#include "net/http_chars.hpp"
#include "net/http_rules.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

namespace aihub::net {

namespace {

// As many fields as most heads have.
constexpr std::size_t kUsualFields = 16;
constexpr std::string_view kLineEnd = "\r\n";

// What the fields say about the message as a whole, collected while they are read.
struct Framing {
    std::optional<std::uint64_t> length;
    bool chunked = false;
    bool close = false;
    bool keep_alive = false;
    bool expect = false;
    int hosts = 0;
};

bool named(const HeaderField& field, std::string_view lower_case_name) {
    return equals_ignoring_case(field.name, lower_case_name);
}

// Eight bytes at a time: nearly all text is free of what has to be looked at by itself.
bool is_field_text(std::string_view text) {
    constexpr std::uint64_t kEach = 0x0101010101010101;
    constexpr std::uint64_t kHigh = 0x80 * kEach;
    for (; text.size() >= sizeof(std::uint64_t); text.remove_prefix(sizeof(std::uint64_t))) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data(), sizeof word);
        const std::uint64_t deleted = word ^ (0x7F * kEach);
        const std::uint64_t control = ((word - 0x20 * kEach) & ~word) | ((deleted - kEach) & ~deleted);
        const auto bytes = text.substr(0, sizeof word);
        if ((control & kHigh) != 0 && !std::all_of(bytes.begin(), bytes.end(), [](char c) {
                return is_field_byte(static_cast<unsigned char>(c));
            })) {
            return false;
        }
    }
    return std::all_of(text.begin(), text.end(), [](char c) { return is_field_byte(static_cast<unsigned char>(c)); });
}

Result<void> take_connection(std::string_view value, Framing& framing) {
    while (!value.empty()) {
        const std::string_view token = take_element(value);
        if (!token.empty() && !is_token(token)) {
            return Error{Errc::invalid_request, "the connection field is not a list of names"};
        }
        framing.close = framing.close || equals_ignoring_case(token, "close");
        framing.keep_alive = framing.keep_alive || equals_ignoring_case(token, "keep-alive");
    }
    return {};
}

// Both directions.
Result<void> take_framing_field(const HeaderField& field, Framing& framing) {
    const std::string_view value = field.value;
    if (named(field, "content-length")) {
        if (framing.length || framing.chunked) {
            return Error{Errc::invalid_request, "content-length is repeated or stands beside transfer-encoding"};
        }
        framing.length = AIHUB_TRY(parse_length(value));
        return {};
    }
    if (named(field, "transfer-encoding")) {
        if (framing.length || framing.chunked) {
            return Error{Errc::invalid_request, "transfer-encoding is repeated or stands beside content-length"};
        }
        AIHUB_CHECK(check_transfer_coding(value));
        framing.chunked = true;
        return {};
    }
    if (named(field, "connection")) {
        return take_connection(value, framing);
    }
    return {};
}

Result<void> take_request_field(const HeaderField& field, Framing& framing) {
    if (named(field, "host")) {
        if (++framing.hosts > 1) {
            return Error{Errc::invalid_request, "more than one host field"};
        }
        return check_host(field.value);
    }
    if (named(field, "expect")) {
        if (framing.expect || !equals_ignoring_case(field.value, "100-continue")) {
            return Error{Errc::expectation_failed, "the only expectation that is met is 100-continue"};
        }
        framing.expect = true;
        return {};
    }
    return take_framing_field(field, framing);
}

// The line that `rest` begins with, without its end, which find_head_end() has seen.
std::string_view take_line(std::string_view& rest) {
    const auto end = rest.find('\n');
    const auto line = rest.substr(0, end - 1);
    rest.remove_prefix(end + 1);
    return line;
}

// "HTTP/1.0" or "HTTP/1.1": the last digit; -1: neither.
int minor_version(std::string_view version) {
    constexpr std::string_view kPrefix = "HTTP/1.";
    if (version.size() != kPrefix.size() + 1 || !version.starts_with(kPrefix)) {
        return -1;
    }
    return version.back() == '0' ? 0 : version.back() == '1' ? 1 : -1;
}

Error bad_first_line() {
    return {Errc::invalid_request, "the first line is malformed"};
}

Error bad_version() {
    return {Errc::invalid_request, "the version is not HTTP/1.0 or HTTP/1.1"};
}

// RFC 9112, section 3: method, target and version with one space between them.
Result<void> read_first_line(std::string_view line, const HeadLimits& limits, RequestHead& head) {
    const auto method_end = line.find(' ');
    head.method = line.substr(0, method_end);
    if (method_end == std::string_view::npos || !is_token(head.method)) {
        return bad_first_line();
    }
    line.remove_prefix(method_end + 1);
    const auto target_end = line.find(' ');
    head.target = line.substr(0, target_end);
    if (target_end == std::string_view::npos || head.target.empty()) {
        return bad_first_line();
    }
    head.minor_version = minor_version(line.substr(target_end + 1));
    if (head.minor_version < 0) {
        return bad_version();
    }
    AIHUB_CHECK(check_method(head.method));
    return check_request_target(head.target, limits.target_bytes_max);
}

// RFC 9112, section 4: version, three digits and a reason that may be empty.
Result<void> read_first_line(std::string_view line, const HeadLimits& /*limits*/, ReplyHead& head) {
    constexpr std::size_t kVersionBytes = 8;
    constexpr std::size_t kStatusEnd = kVersionBytes + 4;
    head.minor_version = minor_version(line.substr(0, kVersionBytes));
    if (head.minor_version < 0) {
        return bad_version();
    }
    if (line.size() <= kStatusEnd) {
        return bad_first_line();
    }
    const auto digits = line.substr(kVersionBytes + 1, 3);
    const bool digits_only =
        std::all_of(digits.begin(), digits.end(), [](char c) { return is_digit(static_cast<unsigned char>(c)); });
    if (line[kVersionBytes] != ' ' || line[kStatusEnd] != ' ' || !digits_only) {
        return bad_first_line();
    }
    head.reason = line.substr(kStatusEnd + 1);
    if (!is_field_text(head.reason)) {
        return Error{Errc::invalid_request, "the reason phrase holds a control character"};
    }
    std::from_chars(digits.data(), digits.data() + digits.size(), head.status);
    if (head.status < 100 || head.status > 599) {
        return Error{Errc::upstream_failed, "status " + std::to_string(head.status) + " is not taken"};
    }
    return {};
}

// RFC 9112, section 5: a name, a colon right behind it, and a value that may stand between blanks.
Result<HeaderField> read_field(std::string_view line, bool& underscore) {
    std::size_t name_end = 0;
    underscore = false;
    while (name_end < line.size() && is_token_byte(static_cast<unsigned char>(line[name_end]))) {
        underscore = underscore || line[name_end] == '_';
        ++name_end;
    }
    if (name_end == 0 || name_end == line.size() || line[name_end] != ':') {
        return Error{Errc::invalid_request, "a field name is empty or holds a byte that is not allowed there"};
    }
    const auto value = line.substr(name_end + 1);
    if (!is_field_text(value)) {
        return Error{Errc::invalid_request, "a field value holds a control character"};
    }
    return HeaderField{line.substr(0, name_end), trim_blanks(value)};
}

// `text` is a whole head, as find_head_end() found it.
template <bool kRequest, class Head>
Result<Framing> read_head(std::string_view text, const HeadLimits& limits, Head& head) {
    AIHUB_CHECK(read_first_line(take_line(text), limits, head));
    Framing framing;
    std::size_t fields = 0;
    while (text != kLineEnd) {
        bool underscore = false;
        const auto field = AIHUB_TRY(read_field(take_line(text), underscore));
        if (++fields > limits.fields_max) {
            return Error{
                Errc::header_too_large,
                "more than " + std::to_string(limits.fields_max) + " header fields",
                std::string(kTooManyFields),
                {}};
        }
        // Some servers read "_" as "-": such a field could pose as another one behind our back.
        if (underscore) {
            if constexpr (kRequest) {
                return Error{Errc::invalid_request, "a field name holds an underscore"};
            }
            continue;
        }
        if constexpr (kRequest) {
            AIHUB_CHECK(take_request_field(field, framing));
        } else {
            AIHUB_CHECK(take_framing_field(field, framing));
        }
        head.fields.push_back(field);
    }
    return framing;
}

// The bytes of the head up to its empty line, 0: not there yet. Line ends and folding are settled here, over the bytes
// that are new, so that a head that can never become one is refused at once and not by a time-out.
Result<std::size_t> find_head_end(std::string_view buffer, const HeadLimits& limits, HeadScan& scan) {
    const std::string_view window = buffer.substr(0, limits.bytes_max);
    while (scan.bytes < window.size()) {
        const std::size_t at = scan.bytes;
        if (at > 0 && window[at - 1] == '\n' && (window[at] == ' ' || window[at] == '\t')) {
            return Error{Errc::invalid_request, "a header field is folded over two lines"};
        }
        const void* found = std::memchr(window.data() + at, '\n', window.size() - at);
        if (found == nullptr) {
            scan.bytes = window.size();
            break;
        }
        const auto line_feed = static_cast<std::size_t>(static_cast<const char*>(found) - window.data());
        if (line_feed == 0 || window[line_feed - 1] != '\r') {
            return Error{Errc::invalid_request, "a line does not end with CR LF"};
        }
        if (line_feed == 1) {
            return Error{Errc::invalid_request, "the first line is empty"};
        }
        if (window[line_feed - 2] == '\n') {
            return line_feed + 1;
        }
        scan.bytes = line_feed + 1;
    }
    if (buffer.size() >= limits.bytes_max) {
        const bool in_first_line = std::memchr(window.data(), '\n', window.size()) == nullptr;
        return Error{
            Errc::header_too_large,
            "the message head is longer than " + std::to_string(limits.bytes_max) + " bytes",
            std::string(in_first_line ? kTargetTooLong : kHeadTooLong),
            {}};
    }
    return std::size_t{0};
}

template <class Head>
void set_body(const Framing& framing, Head& head) {
    head.body = framing.chunked ? BodyKind::chunked : framing.length ? BodyKind::length : BodyKind::none;
    head.length = framing.length.value_or(0);
    head.keep_alive = !framing.close && (head.minor_version == 1 || framing.keep_alive);
}

Result<void> finish_request(const Framing& framing, RequestHead& head) {
    if (head.minor_version == 0 && framing.chunked) {
        return Error{Errc::invalid_request, "transfer-encoding in an HTTP/1.0 request"};
    }
    if (head.minor_version == 1 && framing.hosts == 0) {
        return Error{Errc::invalid_request, "the host field is missing"};
    }
    set_body(framing, head);
    const bool has_body = framing.chunked || head.length > 0;
    head.expect_continue = framing.expect && head.minor_version == 1 && has_body;
    return {};
}

Result<void> finish_reply(const Framing& framing, ReplyTo method, ReplyHead& head) {
    if (head.minor_version == 0 && framing.chunked) {
        return Error{Errc::upstream_failed, "transfer-encoding in an HTTP/1.0 reply"};
    }
    if (head.status == 101 && method != ReplyTo::upgrade) {
        return Error{Errc::upstream_failed, "status 101 is not taken"};
    }
    set_body(framing, head);
    const bool never_has_body = head.status < 200 || head.status == 204;
    if (never_has_body && (framing.chunked || head.length > 0)) {
        return Error{Errc::upstream_failed, "a body with status " + std::to_string(head.status)};
    }
    if (never_has_body || head.status == 304 || method == ReplyTo::head) {
        head.body = BodyKind::none;
        return {};
    }
    if (head.body == BodyKind::none) {
        head.body = BodyKind::until_close;
        head.keep_alive = false;
    }
    return {};
}

template <bool kRequest, class Head, class Finish>
Result<HeadProgress> parse_head(std::string_view buffer, const HeadLimits& limits, Head& head, Finish finish) {
    const std::size_t size = AIHUB_TRY(find_head_end(buffer, limits, head.scan));
    if (size == 0) {
        return HeadProgress::need_more;
    }
    head.fields.clear();
    head.fields.reserve(kUsualFields);
    head.head_bytes = size;
    const auto framing = AIHUB_TRY(read_head<kRequest>(buffer.substr(0, size), limits, head));
    AIHUB_CHECK(finish(framing));
    head.scan = {};
    return HeadProgress::complete;
}

}  // namespace

std::string_view find_field(const std::vector<HeaderField>& fields, std::string_view lower_case_name) {
    for (const HeaderField& field : fields) {
        if (equals_ignoring_case(field.name, lower_case_name)) {
            return field.value;
        }
    }
    return {};
}

Result<HeadProgress> parse_request_head(std::string_view buffer, const HeadLimits& limits, RequestHead& head) {
    auto progress = parse_head<true>(buffer, limits, head, [&head](const Framing& framing) {
        return finish_request(framing, head);
    });
    if (!progress) {
        head.restart();
    }
    return progress;
}

Result<HeadProgress> parse_reply_head(
    std::string_view buffer, const HeadLimits& limits, ReplyTo method, ReplyHead& head
) {
    auto progress = parse_head<false>(buffer, limits, head, [&head, method](const Framing& framing) {
        return finish_reply(framing, method, head);
    });
    if (!progress) {
        head.restart();
        return Error{Errc::upstream_failed, "the reply is not usable: " + std::move(progress).error().message};
    }
    return progress;
}

}  // namespace aihub::net
