#include "net/form_data.hpp"

#include "net/http_chars.hpp"

#include <algorithm>

namespace aihub::net {

namespace {

constexpr std::size_t kBoundaryBytesMax = 70;  // RFC 2046 section 5.1.1
constexpr std::size_t kNameBytesMax = 256;
constexpr std::string_view kLineEnd = "\r\n";

Error wrong(const std::string& what) {
    return {Errc::invalid_request, "the form in the request body cannot be read: " + what, "invalid_form", {}};
}

Error no_form(const std::string& what) {
    return {Errc::unsupported_media, what, "unsupported_media_type", {}};
}

bool is_plain(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
}

bool is_boundary(std::string_view text) {
    return !text.empty() && text.size() <= kBoundaryBytesMax && text.back() != ' ' &&
           std::all_of(text.begin(), text.end(), [](char c) {
               const unsigned char lower = ascii_lower(static_cast<unsigned char>(c));
               return is_digit(lower) || (lower >= 'a' && lower <= 'z') ||
                      std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos;
           });
}

struct Parameter {
    std::string_view name;
    std::string_view value;  // without its quotes
};

// Takes `; name=value` off the front of `text`. A backslash before a quote is read in two ways by two kinds of
// software, so it is no value here.
Result<Parameter> take_parameter(std::string_view& text) {
    text.remove_prefix(1);
    text = trim_blanks(text);
    const auto equals = text.find('=');
    Parameter parameter;
    parameter.name = text.substr(0, equals);
    if (equals == std::string_view::npos || !is_token(parameter.name)) {
        return wrong("a parameter is not written as name=value");
    }
    text.remove_prefix(equals + 1);
    if (!text.starts_with('"')) {
        parameter.value = trim_blanks(text.substr(0, text.find(';')));
        text.remove_prefix(std::min(text.find(';'), text.size()));
        return is_token(parameter.value) ? Result<Parameter>(parameter) : wrong("a parameter's value needs quotes");
    }
    const auto end = text.find('"', 1);
    if (end == std::string_view::npos || text[end - 1] == '\\') {
        return wrong("a quote does not end, or has a backslash before it");
    }
    parameter.value = text.substr(1, end - 1);
    text = trim_blanks(text.substr(end + 1));
    if (!text.empty() && !text.starts_with(';')) {
        return wrong("text stands behind a quoted parameter");
    }
    return parameter;
}

struct Disposition {
    std::string_view name;
    bool named = false;
    bool file = false;
};

Result<Disposition> read_disposition(std::string_view value) {
    auto rest = value.substr(std::min(value.find(';'), value.size()));
    if (!equals_ignoring_case(trim_blanks(value.substr(0, value.size() - rest.size())), "form-data")) {
        return wrong("the Content-Disposition of a part is not form-data");
    }
    Disposition read;
    while (!rest.empty()) {
        const auto parameter = AIHUB_TRY(take_parameter(rest));
        if (equals_ignoring_case(parameter.name, "name")) {
            if (read.named) {
                return wrong("a part has two names");
            }
            read.named = true;
            read.name = parameter.value;
        }
        read.file = read.file || equals_ignoring_case(parameter.name, "filename") ||
                    equals_ignoring_case(parameter.name, "filename*");
    }
    const bool good = !read.name.empty() && read.name.size() <= kNameBytesMax && is_plain(read.name) &&
                      read.name.find('\\') == std::string_view::npos;
    if (!good) {
        return wrong("a part has no name, or one with escapes or control characters");
    }
    return read;
}

// Transfer encodings that leave the bytes as they are.
bool is_identity(std::string_view encoding) {
    return equals_ignoring_case(encoding, "binary") || equals_ignoring_case(encoding, "8bit") ||
           equals_ignoring_case(encoding, "7bit");
}

// Reads the fields of a part's head.
Result<Disposition> read_part_head(std::string_view head) {
    std::string_view disposition;
    while (!head.empty()) {
        const auto line = head.substr(0, head.find(kLineEnd));
        head.remove_prefix(std::min(line.size() + kLineEnd.size(), head.size()));
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || !is_token(line.substr(0, colon)) ||
            line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
            return wrong("a field in the head of a part is malformed");
        }
        const auto name = line.substr(0, colon);
        const auto value = trim_blanks(line.substr(colon + 1));
        if (equals_ignoring_case(name, "content-disposition")) {
            if (!disposition.empty()) {
                return wrong("a part has two Content-Disposition fields");
            }
            disposition = value;
        } else if (equals_ignoring_case(name, "content-transfer-encoding") && !is_identity(value)) {
            return wrong("a part has a transfer encoding; send its bytes as they are");
        }
    }
    return read_disposition(disposition);
}

}  // namespace

Result<FormScan> FormScan::create(std::string_view content_type, FormLimits limits) {
    auto rest = content_type.substr(std::min(content_type.find(';'), content_type.size()));
    if (!equals_ignoring_case(
            trim_blanks(content_type.substr(0, content_type.size() - rest.size())), "multipart/form-data"
        )) {
        return no_form("send the request body as multipart/form-data");
    }
    std::string_view boundary;
    bool found = false;
    while (!rest.empty()) {
        const auto parameter = take_parameter(rest);
        const bool this_one = parameter && equals_ignoring_case(parameter->name, "boundary");
        if (!parameter || (this_one && found)) {
            return no_form("the parameters of the Content-Type cannot be read");
        }
        found = found || this_one;
        boundary = this_one ? parameter->value : boundary;
    }
    if (!is_boundary(boundary)) {
        return no_form("the Content-Type multipart/form-data needs a boundary of 1 to 70 plain characters");
    }
    return FormScan(boundary, limits);
}

Result<void> FormScan::scan(std::string_view body) {
    for (;;) {
        const auto stepped = step(body);
        if (!stepped) {
            state_ = State::failed;
            return stepped.error();
        }
        if (*stepped == Step::need_more) {
            return {};
        }
    }
}

std::optional<FormField::Place> FormScan::open_field() const {
    if (state_ != State::value || is_file_) {
        return std::nullopt;
    }
    return name_;
}

std::size_t FormScan::forget() {
    fields_.clear();
    auto keep = at_;
    if (state_ == State::value && is_file_) {
        // Only a line end before the next boundary counts.
        keep = std::max(at_, searched_ - std::min(searched_, kLineEnd.size()));
        at_ = keep;
    } else if (state_ == State::value) {
        keep = name_.offset;
        name_.offset = 0;
    }
    at_ -= keep;
    searched_ -= std::min(searched_, keep);
    return keep;
}

Result<FormScan::Step> FormScan::step(std::string_view body) {
    switch (state_) {
        case State::begin:
            return step_begin(body);
        case State::delimiter:
            return step_delimiter(body);
        case State::head:
            return step_head(body);
        case State::value:
            return step_value(body);
        case State::end:
            behind_ = body.size() - at_;
            if (body.substr(at_) != kLineEnd.substr(0, behind_)) {
                return wrong("text stands behind the last boundary");
            }
            return Step::need_more;
        case State::failed:
            break;
    }
    return wrong("it was malformed before");
}

Result<FormScan::Step> FormScan::step_begin(std::string_view body) {
    const auto first = std::string_view(delimiter_).substr(kLineEnd.size());
    const auto seen = body.substr(0, first.size());
    if (seen != first.substr(0, seen.size())) {
        return wrong("it does not begin with the boundary that the Content-Type names");
    }
    if (seen.size() < first.size()) {
        return Step::need_more;
    }
    at_ = first.size();
    state_ = State::delimiter;
    return Step::go_on;
}

// Behind a boundary: a line end, or "--" and at most one line end.
Result<FormScan::Step> FormScan::step_delimiter(std::string_view body) {
    const auto behind = body.substr(at_, 2);
    if (behind.starts_with(kLineEnd)) {
        if (++parts_ > limits_.parts_max) {
            return Error{
                Errc::invalid_request,
                "the form has more than " + std::to_string(limits_.parts_max) + " parts (limits.multipart_parts_max)",
                "too_many_parts",
                {}};
        }
        at_ += kLineEnd.size();
        state_ = State::head;
        return Step::go_on;
    }
    if (behind.starts_with("--")) {
        at_ += 2;
        state_ = State::end;
        return Step::go_on;
    }
    if (behind.empty() || behind == "-" || behind == "\r") {
        return Step::need_more;
    }
    return wrong("a boundary is not followed by a line end");
}

Result<FormScan::Step> FormScan::step_head(std::string_view body) {
    constexpr std::string_view kEmptyLine = "\r\n\r\n";
    const auto rest = body.substr(at_, limits_.part_head_bytes_max);
    const auto end = rest.find(kEmptyLine);
    if (end == std::string_view::npos) {
        if (rest.size() == limits_.part_head_bytes_max) {
            return wrong("the head of a part is too long");
        }
        return Step::need_more;
    }
    const auto head = AIHUB_TRY(read_part_head(rest.substr(0, end)));
    name_ = {static_cast<std::size_t>(head.name.data() - body.data()), head.name.size()};
    is_file_ = head.file;
    at_ += end + kEmptyLine.size();
    searched_ = at_;
    state_ = State::value;
    return Step::go_on;
}

// A boundary behind half a line end is text for some and a boundary for others.
Result<FormScan::Step> FormScan::step_value(std::string_view body) {
    const auto mark = std::string_view(delimiter_).substr(kLineEnd.size());
    for (auto found = body.find(mark, searched_); found != std::string_view::npos; found = body.find(mark, searched_)) {
        const auto before = body.substr(at_, found - at_);
        if (before.ends_with(kLineEnd)) {
            if (!is_file_) {
                fields_.push_back({name_, {at_, before.size() - kLineEnd.size()}, found + mark.size()});
            }
            at_ = found + mark.size();
            state_ = State::delimiter;
            return Step::go_on;
        }
        if (before.empty() || before.back() == '\n' || before.back() == '\r') {
            return wrong("a boundary does not stand behind a line end");
        }
        searched_ = found + 1;
    }
    searched_ = std::max(searched_, body.size() - std::min(body.size(), mark.size() - 1));
    return Step::need_more;
}

}  // namespace aihub::net
