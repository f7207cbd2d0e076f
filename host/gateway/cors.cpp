#include "gateway/cors.hpp"

#include "net/http_chars.hpp"

#include <algorithm>

namespace aihub::gateway {

namespace {

constexpr std::string_view kAny = "*";
constexpr std::size_t kAskedHeadersMax = 4096;
// A "*" would not stand for them when a page sends credentials.
constexpr std::string_view kExposed =
    "x-request-id, request-id, retry-after, x-should-retry, x-ratelimit-limit-requests, "
    "x-ratelimit-remaining-requests, x-ratelimit-reset-requests, x-ratelimit-limit-tokens, "
    "x-ratelimit-remaining-tokens, x-ratelimit-reset-tokens, anthropic-ratelimit-requests-limit, "
    "anthropic-ratelimit-requests-remaining, anthropic-ratelimit-requests-reset, anthropic-ratelimit-tokens-limit, "
    "anthropic-ratelimit-tokens-remaining, anthropic-ratelimit-tokens-reset, x-aihub-provider, x-aihub-model, "
    "x-aihub-attempts, "
    "x-aihub-dropped, x-aihub-estimate, x-aihub-overhead-us, traceresponse, openai-model, openai-processing-ms, "
    "openai-version";

const config::Cors& cors_of(const Call& call) {
    return call.state->shared->config->cors;
}

bool is_any(const config::Cors& cors) {
    return cors.allowed_origins.front() == kAny;
}

bool is_allowed(const config::Cors& cors, std::string_view origin) {
    const auto& origins = cors.allowed_origins;
    return !origin.empty() && (is_any(cors) || std::find(origins.begin(), origins.end(), origin) != origins.end());
}

// A list of header names, and nothing else that could end up in an answer.
bool is_name_list(std::string_view text) {
    return text.size() <= kAskedHeadersMax && std::all_of(text.begin(), text.end(), [](char c) {
               return c == ',' || c == ' ' || net::is_token_byte(static_cast<unsigned char>(c));
           });
}

void append_permission(std::string& out, const Call& call, const config::Cors& cors) {
    out.append("\r\nAccess-Control-Allow-Methods: ").append(call.allow);
    const auto asked = call.head.find("access-control-request-headers");
    if (!asked.empty() && is_name_list(asked)) {
        out.append("\r\nAccess-Control-Allow-Headers: ").append(asked);
    }
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(cors.max_age);
    out.append("\r\nAccess-Control-Max-Age: ").append(std::to_string(age.count()));
}

}  // namespace

bool is_preflight(const Call& call) {
    return call.head.method == "OPTIONS" && !cors_of(call).allowed_origins.empty() &&
           !call.head.find("origin").empty() && !call.head.find("access-control-request-method").empty();
}

Result<void> check_preflight(const Call& call) {
    if (is_allowed(cors_of(call), call.head.find("origin"))) {
        return {};
    }
    return Error{
        Errc::forbidden,
        "pages of this origin may not call; the operator can add it to cors.allowed_origins",
        "origin_not_allowed",
        {}};
}

void append_cors(std::string& out, const Call& call) {
    const auto& cors = cors_of(call);
    if (cors.allowed_origins.empty()) {
        return;
    }
    if (!is_any(cors)) {
        out.append("\r\nVary: Origin");  // Also without one: a cache must not give this answer to a page.
    }
    const auto origin = call.head.find("origin");
    if (!is_allowed(cors, origin)) {
        return;
    }
    out.append("\r\nAccess-Control-Allow-Origin: ").append(is_any(cors) ? kAny : origin);
    if (cors.allow_credentials) {
        out.append("\r\nAccess-Control-Allow-Credentials: true");
    }
    if (call.operation == Operation::preflight) {
        append_permission(out, call, cors);
        return;
    }
    out.append("\r\nAccess-Control-Expose-Headers: ").append(kExposed);
}

}  // namespace aihub::gateway
