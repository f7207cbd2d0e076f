#include "dialect/error_shape.hpp"

#include "base/json_text.hpp"
#include "dialect/json_pieces.hpp"
#include "net/sse_write.hpp"

namespace aihub::dialect {

namespace {

constexpr int kPaymentRequired = 402;
constexpr int kOverloaded = 529;  // known to clients of one vendor only
constexpr int kNotImplemented = 501;

// The vendor's SDKs look for it: they go on without a thread then, and send the whole conversation.
constexpr std::string_view kNoThreads =
    ",\"details\":{\"error_code\":\"thread_unsupported_request\",\"unsupported\":[\"thread\"]}";

// The client's own budget is used up, as opposed to a rate.
bool is_out_of_credit(const ErrorFacts& facts) {
    return facts.status == kPaymentRequired || facts.code == "insufficient_quota";
}

int anthropic_status(const ErrorFacts& facts) {
    if (is_out_of_credit(facts)) {
        return kPaymentRequired;
    }
    // What the operator has to mend is no overload: clients would try it again and again.
    const bool overloaded = facts.status == 503 && facts.code != "provider_quota";
    return overloaded ? kOverloaded : facts.status;
}

std::string_view anthropic_type(int status) {
    switch (status) {
        case 401:
            return "authentication_error";
        case kPaymentRequired:
            return "billing_error";
        case 403:
            return "permission_error";
        case 404:
            return "not_found_error";
        case 413:
            return "request_too_large";
        case 429:
            return "rate_limit_error";
        case 408:
        case 504:
            return "timeout_error";
        case kOverloaded:
            return "overloaded_error";
        default:
            break;
    }
    return status >= 500 && status != kNotImplemented ? "api_error" : "invalid_request_error";
}

int gemini_status(const ErrorFacts& facts) {
    if (is_out_of_credit(facts)) {
        return 429;
    }
    return facts.status == 413 ? 400 : facts.status;
}

std::string_view gemini_word(int status) {
    switch (status) {
        case 401:
            return "UNAUTHENTICATED";
        case 403:
            return "PERMISSION_DENIED";
        case 404:
            return "NOT_FOUND";
        case 409:
            return "ABORTED";
        case 429:
            return "RESOURCE_EXHAUSTED";
        case 499:
            return "CANCELLED";
        case kNotImplemented:
            return "UNIMPLEMENTED";
        case 502:
        case 503:
            return "UNAVAILABLE";
        case 408:
        case 504:
            return "DEADLINE_EXCEEDED";
        default:
            break;
    }
    return status >= 500 ? "INTERNAL" : "INVALID_ARGUMENT";
}

void append_detail(std::string& details, std::string_view type) {
    details += details.empty() ? "" : ",";
    details.append("{\"@type\":\"type.googleapis.com/google.rpc.").append(type).append("\",");
}

std::string gemini_details(const ErrorFacts& facts) {
    std::string details;
    if (facts.retry_after_seconds > 0) {
        append_detail(details, "RetryInfo");
        details += "\"retryDelay\":\"" + std::to_string(facts.retry_after_seconds) + "s\"}";
    }
    if (!facts.param.empty()) {
        append_detail(details, "BadRequest");
        details += "\"fieldViolations\":[{\"field\":";
        append_json_string(details, facts.param);
        details += ",\"description\":";
        append_json_string(details, facts.message);
        details += "}]}";
    }
    if (!facts.request_id.empty()) {
        append_detail(details, "RequestInfo");
        details += "\"requestId\":";
        append_json_string(details, facts.request_id);
        details += '}';
    }
    return details;
}

std::string openai_body(const ErrorFacts& facts) {
    std::string body = "{\"error\":{\"message\":";
    append_json_string(body, facts.message);
    body += ",\"type\":";
    append_json_string(body, facts.type);
    body += ",\"param\":";
    append_string_or_null(body, facts.param);
    body += ",\"code\":";
    append_string_or_null(body, facts.code);
    body += "}}";
    return body;
}

std::string anthropic_body(const ErrorFacts& facts) {
    std::string body = "{\"type\":\"error\",\"error\":{\"type\":\"";
    body += anthropic_type(anthropic_status(facts));
    body += "\",\"message\":";
    append_json_string(body, facts.message);
    if (facts.param == "thread") {
        body += kNoThreads;
    }
    body += "},\"request_id\":";
    append_string_or_null(body, facts.request_id);
    body += '}';
    return body;
}

std::string gemini_body(const ErrorFacts& facts) {
    const int status = gemini_status(facts);
    std::string body = "{\"error\":{\"code\":" + std::to_string(status) + ",\"message\":";
    append_json_string(body, facts.message);
    body.append(",\"status\":\"").append(gemini_word(status)).append("\"");
    const auto details = gemini_details(facts);
    if (!details.empty()) {
        body += ",\"details\":[" + details + "]";
    }
    body += "}}";
    return body;
}

Dialect dialect_of(Format format) {
    switch (format) {
        case Format::anthropic_messages:
            return Dialect::anthropic;
        case Format::gemini_generate:
        case Format::gemini_embed:
        case Format::gemini_batch_embed:
            return Dialect::gemini;
        default:
            return Dialect::openai;
    }
}

// The members of the error object stand beside its type once more: clients of different ages look at either.
std::string responses_data(const ErrorFacts& facts, std::uint64_t events) {
    const auto body = openai_body(facts);
    std::string data = "{\"type\":\"error\",";
    data.append(body, 1, body.size() - 2);
    data += ",\"code\":";
    append_string_or_null(data, facts.code);
    data += ",\"message\":";
    append_json_string(data, facts.message);
    data += ",\"param\":";
    append_string_or_null(data, facts.param);
    data += ",\"sequence_number\":";
    append_number(data, events);
    data += '}';
    return data;
}

}  // namespace

int error_status(Dialect dialect, const ErrorFacts& facts) {
    switch (dialect) {
        case Dialect::anthropic:
            return anthropic_status(facts);
        case Dialect::gemini:
            return gemini_status(facts);
        case Dialect::openai:
            break;
    }
    return facts.status;
}

std::string error_body(Dialect dialect, const ErrorFacts& facts) {
    switch (dialect) {
        case Dialect::anthropic:
            return anthropic_body(facts);
        case Dialect::gemini:
            return gemini_body(facts);
        case Dialect::openai:
            break;
    }
    return openai_body(facts);
}

std::string error_around(Dialect dialect, std::string_view detail_json, std::string_view request_id) {
    const bool typed = dialect == Dialect::anthropic;
    std::string body = typed ? "{\"type\":\"error\",\"error\":" : "{\"error\":";
    body += detail_json;
    if (typed) {
        body += ",\"request_id\":";
        append_string_or_null(body, request_id);
    }
    body += '}';
    return body;
}

std::string error_event(Format format, const ErrorFacts& facts, std::uint64_t events, bool array) {
    const auto body = error_body(dialect_of(format), facts);
    if (array && format == Format::gemini_generate) {
        return (events == 0 ? "[" : ",\n") + body + "]";
    }
    std::string frame;
    if (format == Format::openai_responses) {
        net::append_sse(frame, "error", responses_data(facts, events));
        return frame;
    }
    net::append_sse(frame, format == Format::anthropic_messages ? "error" : "", body);
    return frame;
}

}  // namespace aihub::dialect
