#include "gateway/refusal.hpp"

#include "base/api_error.hpp"
#include "dialect/error_shape.hpp"
#include "net/http_rules.hpp"
#include "net/sse_write.hpp"

#include <iterator>

namespace aihub::gateway {

namespace {

using capability::Failure;
using capability::FailureKind;
using model::Outcome;

// The one status that a request can get and that has no code of its own (RFC 9110 section 15.5.15).
constexpr int kUriTooLong = 414;
constexpr int kNotImplemented = 501;

struct Shape {
    int status;
    std::string_view type;
    std::string_view code;
};

std::string_view type_of(int status) {
    if (status == 429) {
        return "rate_limit_error";
    }
    return status >= 500 && status != kNotImplemented ? "server_error" : "invalid_request_error";
}

Outcome outcome_of(Errc code) {
    switch (code) {
        case Errc::client_gone:
            return Outcome::client_closed;
        case Errc::internal:
            return Outcome::internal_error;
        case Errc::upstream_failed:
            return Outcome::upstream_error;
        case Errc::upstream_timeout:
            return Outcome::timeout;
        default:
            return Outcome::refused;
    }
}

Shape shape_of(const Failure& failure) {
    if (failure.gateway_full) {
        return {503, "server_error", "overloaded"};
    }
    const bool client_error = failure.http_status >= 400 && failure.http_status < 500;
    switch (failure.kind) {
        case FailureKind::invalid_request: {
            const bool told = client_error && failure.http_status != 401 && failure.http_status != 403;
            return {told ? failure.http_status : 400, "invalid_request_error", ""};
        }
        case FailureKind::auth:
            return {502, "server_error", "provider_auth_failed"};
        case FailureKind::not_found:
            return {404, "invalid_request_error", "model_not_found"};
        case FailureKind::rate_limit:
            return {429, "rate_limit_error", "rate_limit_exceeded"};
        case FailureKind::overloaded:
            return {503, "server_error", "overloaded"};
        case FailureKind::content_filter:
            return {400, "invalid_request_error", "content_filter"};
        case FailureKind::context_length:
            return {400, "invalid_request_error", "context_length_exceeded"};
        case FailureKind::too_large:
            return {413, "invalid_request_error", "request_too_large"};
        case FailureKind::timeout:
            return {504, "server_error", "timeout"};
        case FailureKind::quota:
            return {503, "server_error", "provider_quota"};
        case FailureKind::network:
        case FailureKind::upstream:
            return {502, "server_error", "upstream_error"};
        case FailureKind::internal:
            break;
    }
    return {500, "server_error", "internal_error"};
}

// Whether the provider's own error object may be shown: it says something about the client's input. What it says about
// our account or its inner life stays with the operator.
bool is_of_request(FailureKind kind) {
    return kind == FailureKind::invalid_request || kind == FailureKind::not_found ||
           kind == FailureKind::content_filter || kind == FailureKind::context_length || kind == FailureKind::too_large;
}

// Without the request's id.
dialect::ErrorFacts facts_of(const Refusal& refusal) {
    dialect::ErrorFacts facts;
    facts.status = refusal.status;
    facts.message = refusal.message;
    facts.type = refusal.type;
    facts.code = refusal.code;
    facts.param = refusal.param;
    facts.retry_after_seconds = static_cast<std::uint64_t>(refusal.retry_after.count());
    return facts;
}

dialect::ErrorFacts facts_of(const Call& call, const Refusal& refusal) {
    auto facts = facts_of(refusal);
    facts.request_id = call.request_id;
    return facts;
}

std::string body_of(const Refusal& refusal) {
    return dialect::error_body(dialect::Dialect::openai, facts_of(refusal));
}

}  // namespace

ShownRefusal shown_to(const Call& call, const Refusal& refusal) {
    if (call.operation == Operation::management) {
        const Error error{refusal.kind, refusal.message, refusal.code, refusal.param};
        return {refusal.status, api_error_body(error, call.request_id)};
    }
    if (call.dialect == dialect::Dialect::openai) {
        return {refusal.status, refusal.body};
    }
    const auto facts = facts_of(call, refusal);
    ShownRefusal shown{dialect::error_status(call.dialect, facts), {}};
    shown.body = refusal.detail_json.empty()
                     ? dialect::error_body(call.dialect, facts)
                     : dialect::error_around(call.dialect, refusal.detail_json, call.request_id);
    return shown;
}

Refusal refusal_of(const Error& error) {
    const int status = error.reason == net::kTargetTooLong ? kUriTooLong : http_status(error.code);
    const std::string_view code =
        !error.reason.empty() ? std::string_view(error.reason) : (status >= 500 ? "internal_error" : "");
    Refusal refusal;
    refusal.status = status;
    refusal.outcome = outcome_of(error.code);
    refusal.kind = error.code;
    refusal.message = error.message;
    refusal.type = type_of(status);
    refusal.code = code;
    refusal.param = error.param;
    refusal.body = body_of(refusal);
    refusal.retry_is_useless = status == kNotImplemented;  // SDKs take all of 5xx for a passing fault.
    if (error.code == Errc::unavailable || error.code == Errc::rate_limited) {
        refusal.retry_after = std::chrono::seconds(1);
    }
    return refusal;
}

Refusal shutting_down() {
    Refusal refusal =
        refusal_of(Error{Errc::unavailable, "the gateway is shutting down; try again", "shutting_down", {}});
    refusal.outcome = Outcome::cancelled;
    return refusal;
}

Refusal refusal_of(const Failure& failure) {
    const Shape shape = shape_of(failure);
    Refusal refusal;
    refusal.status = shape.status;
    refusal.outcome = failure.kind == FailureKind::timeout ? Outcome::timeout
                      : failure.gateway_full               ? Outcome::refused
                                                           : Outcome::upstream_error;
    refusal.type = shape.type;
    refusal.code = shape.code;
    // Another try meets the same credential and the same account; only the operator can mend them.
    refusal.retry_is_useless = failure.kind == FailureKind::auth || failure.kind == FailureKind::quota;
    if (failure.retry_after.count() > 0) {
        refusal.retry_after = std::chrono::ceil<std::chrono::seconds>(failure.retry_after);
    } else if (shape.status == 429 || shape.status == 503) {
        refusal.retry_after = std::chrono::seconds(1);  // It said nothing, but clients need to know.
    }
    if (!failure.detail_json.empty() && is_of_request(failure.kind)) {
        refusal.body = dialect::error_around(dialect::Dialect::openai, failure.detail_json, {});
        refusal.message = failure.message;
        refusal.detail_json = failure.detail_json;
        return refusal;
    }
    std::string message = failure.message;
    if (failure.kind == FailureKind::auth) {
        message =
            "the provider did not accept the gateway's credential; the operator must check the provider's api_key";
    } else if (failure.kind == FailureKind::quota) {
        message = "the gateway's account at the provider has no credit left";
    } else if (message.empty()) {
        message = "the provider failed";
    }
    refusal.message = std::move(message);
    refusal.body = body_of(refusal);
    return refusal;
}

void count_as(Failure& failure, FailureKind kind) {
    const auto before = failure.kind;
    if (kind == before) {
        return;
    }
    failure.kind = kind;
    failure.http_status = 0;
    if (!is_of_request(before)) {
        failure.detail_json.clear();
    }
    if (before == FailureKind::auth || before == FailureKind::quota) {
        failure.message.clear();
    }
    if (is_of_request(kind)) {
        failure.retry_after = {};  // The same request fails again, and others do not.
    }
}

void hide_words(Failure& failure) {
    constexpr std::string_view kWords[] = {
        "the provider refuses this request",
        "",  // These two have words of ours in any case.
        "the provider does not have this model",
        "the provider has too many requests; try again later",
        "the provider is overloaded; try again later",
        "the provider's content filter refused this request",
        "the request is longer than the model's context",
        "the request is too large for the provider"};
    const auto kind = static_cast<std::size_t>(failure.kind);
    if (!failure.gateway_full && failure.http_status != 0 && kind < std::size(kWords)) {
        failure.message = kWords[kind];
    } else if (failure.http_status != 0) {
        failure.message.clear();
    }
    failure.detail_json.clear();
}

Failure shown(const Call& call, Failure failure) {
    if (!call.state->shared->config->errors.provider_text) {
        hide_words(failure);
    }
    return failure;
}

std::string error_event(const Call& call, const Refusal& refusal, std::uint64_t events) {
    if (const auto format = dialect::format_of(operation_format(call.operation))) {
        return dialect::error_event(*format, facts_of(call, refusal), events, call.array_stream);
    }
    std::string frame;
    const auto& traits = traits_of(call.operation);
    if (!traits.verbatim) {
        net::append_sse(frame, {}, refusal.body);
        return frame;
    }
    // {"error":{...}} with members before and behind it.
    std::string data = "{\"type\":\"error\",";
    data.append(refusal.body, 1, refusal.body.size() - 2);
    net::append_sse(frame, "error", data + "}");
    return frame;
}

}  // namespace aihub::gateway
