#include "base/api_error.hpp"

#include "base/json_text.hpp"

namespace aihub {

namespace {

// For errors without a finer word.
std::string_view word_of(Errc code) {
    constexpr std::string_view kWords[] = {
        "invalid_request",    "unauthorized",     "payment_required", "forbidden",        "not_found",
        "method_not_allowed", "request_timeout",  "conflict",         "too_large",        "unsupported_media_type",
        "expectation_failed", "upgrade_required", "rate_limited",     "header_too_large", "client_gone",
        "internal_error",     "not_implemented",  "upstream_failed",  "unavailable",      "timeout"};
    return kWords[static_cast<std::size_t>(code)];
}

}  // namespace

std::string api_error_body(const Error& error, std::string_view request_id, std::string_view more) {
    std::string body = "{\"error\":{\"code\":";
    append_json_string(body, error.reason.empty() ? word_of(error.code) : std::string_view(error.reason));
    body += ",\"message\":";
    append_json_string(body, error.message);
    if (!error.param.empty()) {
        body += ",\"field\":";
        append_json_string(body, error.param);
    }
    body += ",\"request_id\":";
    append_json_string(body, request_id);
    return body.append(more).append("}}");
}

}  // namespace aihub
