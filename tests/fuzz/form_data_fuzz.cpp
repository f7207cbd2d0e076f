#include "fuzz_check.hpp"
#include "net/form_data.hpp"

#include <optional>
#include <string>

namespace {

using aihub::fuzz::check;
using aihub::net::FormField;
using aihub::net::FormScan;

constexpr aihub::net::FormLimits kLimits{4, 64};

struct Seen {
    bool failed = false;
    bool complete = false;
    std::string fields;
};

void append_fields(const FormScan& scan, std::string_view body, std::string& out) {
    for (const auto& field : scan.fields()) {
        for (const auto& place : {field.name, field.value}) {
            check(place.offset <= body.size() && place.size <= body.size() - place.offset, "a field outside the body");
        }
        out.append(field.name.in(body)).append("=").append(field.value.in(body)).append("\n");
    }
}

// The body grows by the pieces.
Seen growing(std::string_view type, const std::vector<std::string_view>& pieces) {
    auto scan = *FormScan::create(type, kLimits);
    Seen seen;
    std::string body;
    for (const auto piece : pieces) {
        body.append(piece);
        seen.failed = !scan.scan(body);
        if (seen.failed) {
            return seen;
        }
    }
    seen.complete = scan.complete();
    append_fields(scan, body, seen.fields);
    return seen;
}

// The same, but what is not needed any more is let go after each piece.
Seen forgetting(std::string_view type, const std::vector<std::string_view>& pieces) {
    auto scan = *FormScan::create(type, kLimits);
    Seen seen;
    std::string body;
    for (const auto piece : pieces) {
        body.append(piece);
        seen.failed = !scan.scan(body);
        if (seen.failed) {
            return seen;
        }
        append_fields(scan, body, seen.fields);
        const auto gone = scan.forget();
        check(gone <= body.size(), "more is forgotten than there is");
        body.erase(0, gone);
    }
    seen.complete = scan.complete();
    return seen;
}

}  // namespace

// The first line is the Content-Type, the rest the body. The result does not depend on how the body was cut, nor on
// whether its beginning is kept.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = aihub::fuzz::text(data, size);
    const auto line = text.find('\n');
    const auto type = text.substr(0, line);
    if (line == std::string_view::npos || !FormScan::create(type, kLimits)) {
        return 0;
    }
    const auto body = text.substr(line + 1);
    const auto pieces = aihub::fuzz::pieces(body);
    const auto whole = growing(type, {body});
    const auto cut = growing(type, pieces);
    const auto let_go = forgetting(type, pieces);
    check(cut.failed == whole.failed && let_go.failed == whole.failed, "the cut changes whether it is a form");
    if (whole.failed) {
        return 0;
    }
    check(cut.complete == whole.complete && cut.fields == whole.fields, "the cut changes the form");
    check(let_go.complete == whole.complete && let_go.fields == whole.fields, "forgetting changes the form");
    return 0;
}
