#include "net/http_head.hpp"

#include "net/http_chars.hpp"
#include "net/http_rules.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <cstring>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace aihub::net {

namespace {

// As many fields as most heads have.
constexpr std::size_t kUsualFields = 16;

namespace http = boost::beast::http;

std::string_view std_view(boost::beast::string_view text) {
    return {text.data(), text.size()};
}

// What the fields say about the message as a whole, collected while they are read.
struct Framing {
    std::optional<std::uint64_t> length;
    bool chunked = false;
    bool close = false;
    bool keep_alive = false;
    bool expect = false;
    int hosts = 0;
};

// Both directions. The names are told apart by Beast's perfect hash.
Result<void> take_framing_field(http::field field, std::string_view value, Framing& framing) {
    if (field == http::field::content_length) {
        if (framing.length || framing.chunked) {
            return Error{Errc::invalid_request, "content-length is repeated or stands beside transfer-encoding"};
        }
        framing.length = AIHUB_TRY(parse_length(value));
        return {};
    }
    if (field == http::field::transfer_encoding) {
        if (framing.length || framing.chunked) {
            return Error{Errc::invalid_request, "transfer-encoding is repeated or stands beside content-length"};
        }
        AIHUB_CHECK(check_transfer_coding(value));
        framing.chunked = true;
        return {};
    }
    if (field == http::field::connection) {
        while (!value.empty()) {
            const std::string_view token = take_element(value);
            framing.close = framing.close || equals_ignoring_case(token, "close");
            framing.keep_alive = framing.keep_alive || equals_ignoring_case(token, "keep-alive");
        }
    }
    return {};
}

Result<void> take_request_field(http::field field, std::string_view value, Framing& framing) {
    if (field == http::field::host) {
        if (++framing.hosts > 1) {
            return Error{Errc::invalid_request, "more than one host field"};
        }
        return check_host(value);
    }
    if (field == http::field::expect) {
        if (framing.expect || !equals_ignoring_case(value, "100-continue")) {
            return Error{Errc::expectation_failed, "the only expectation that is met is 100-continue"};
        }
        framing.expect = true;
        return {};
    }
    return take_framing_field(field, value, framing);
}

// Beast's parser without its I/O. It decides what a line is made of; the rules above decide what is taken.
template <bool kRequest>
class HeadParser final : public http::basic_parser<kRequest> {
public:
    using Head = std::conditional_t<kRequest, RequestHead, ReplyHead>;
    using Text = boost::beast::string_view;
    using Code = boost::system::error_code;

    HeadParser(const HeadLimits& limits, Head& head) : limits_(limits), head_(head) {
        this->body_limit(boost::none);
        this->eager(false);
    }

    // `text` is a whole head.
    Result<void> parse(std::string_view text) {
        this->header_limit(static_cast<std::uint32_t>(text.size()));
        Code code;
        const std::size_t used = this->put(boost::asio::const_buffer(text.data(), text.size()), code);
        if (error_) {
            return *std::move(error_);
        }
        if (code || used != text.size() || !this->is_header_done()) {
            return Error{Errc::invalid_request, describe(code)};
        }
        return {};
    }

    Framing framing;

private:
    static std::string describe(const Code& code) {
        if (code == http::error::bad_content_length || code == http::error::multiple_content_length) {
            return "content-length is not one decimal number, or stands beside transfer-encoding";
        }
        if (code == http::error::bad_transfer_encoding) {
            return "transfer-encoding is repeated or stands beside content-length";
        }
        if (code == http::error::bad_version) {
            return "the version is not HTTP/1.0 or HTTP/1.1";
        }
        if (code == http::error::bad_field) {
            return "a field name is empty or holds a byte that is not allowed there";
        }
        if (code == http::error::bad_value || code == http::error::bad_line_ending) {
            return "a field value holds a control character, or is not a list where one is asked for";
        }
        return "the first line is malformed";
    }

    void keep(Result<void> checked, Code& code) {
        if (!checked) {
            error_ = std::move(checked).error();
            code = http::error::bad_field;
        }
    }

    void on_request_impl(http::verb, Text method, Text target, int version, Code& code) override {
        if constexpr (kRequest) {
            head_.method = std_view(method);
            head_.target = std_view(target);
            head_.minor_version = version % 10;
            keep(check_method(head_.method), code);
            if (!error_) {
                keep(check_request_target(head_.target, limits_.target_bytes_max), code);
            }
        }
    }

    void on_response_impl(int status, Text reason, int version, Code& code) override {
        if constexpr (!kRequest) {
            head_.status = status;
            head_.reason = std_view(reason);
            head_.minor_version = version % 10;
            if (status < 100 || status > 599 || status == 101) {
                keep(Error{Errc::upstream_failed, "status " + std::to_string(status) + " is not taken"}, code);
            }
        }
    }

    void on_field_impl(http::field field, Text name, Text value, Code& code) override {
        if (++fields_ > limits_.fields_max) {
            keep(
                Error{Errc::header_too_large, "more than " + std::to_string(limits_.fields_max) + " header fields"},
                code
            );
            return;
        }
        const HeaderField taken{std_view(name), std_view(value)};
        // Some servers read "_" as "-": such a field could pose as another one behind our back.
        if (std::memchr(taken.name.data(), '_', taken.name.size()) != nullptr) {
            if constexpr (kRequest) {
                keep(Error{Errc::invalid_request, "a field name holds an underscore"}, code);
            }
            return;
        }
        if constexpr (kRequest) {
            keep(take_request_field(field, taken.value, framing), code);
        } else {
            keep(take_framing_field(field, taken.value, framing), code);
        }
        head_.fields.push_back(taken);
    }

    void on_header_impl(Code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}
    std::size_t on_body_impl(Text, Code&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, Text, Code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, Text, Code&) override { return 0; }
    void on_finish_impl(Code&) override {}

    const HeadLimits& limits_;
    Head& head_;
    std::size_t fields_ = 0;
    std::optional<Error> error_;
};

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
            std::string(in_first_line ? kTargetTooLong : ""),
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
    HeadParser<kRequest> parser(limits, head);
    AIHUB_CHECK(parser.parse(buffer.substr(0, size)));
    AIHUB_CHECK(finish(parser.framing));
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
