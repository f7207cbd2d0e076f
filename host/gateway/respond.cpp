#include "gateway/respond.hpp"

#include "gateway/answer_facts.hpp"
#include "gateway/cors.hpp"
#include "gateway/worker.hpp"

#include <array>

namespace aihub::gateway {

namespace {

constexpr int kNoContent = 204;

// Reason phrases of RFC 9110; clients ignore them, people read them.
std::string_view reason_phrase(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case kNoContent:
            return "No Content";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 402:
            return "Payment Required";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 415:
            return "Unsupported Media Type";
        case 417:
            return "Expectation Failed";
        case 422:
            return "Unprocessable Content";
        case 426:
            return "Upgrade Required";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        default:
            return "Error";
    }
}

}  // namespace

void append_head(std::string& out, const AnswerHead& head, const Call& call, net::Loop& loop) {
    out.append("HTTP/1.1 ").append(std::to_string(head.status)).append(" ").append(reason_phrase(head.status));
    out.append("\r\nDate: ").append(loop.http_date());
    if (!head.content_type.empty()) {
        out.append("\r\nContent-Type: ").append(head.content_type);
    }
    append_facts(out, call);
    append_cors(out, call);
    out.append(head.more);
    if (head.retry_after.count() > 0) {
        out.append("\r\nRetry-After: ").append(std::to_string(head.retry_after.count()));
    }
    if (head.retry_is_useless) {
        out.append("\r\nx-should-retry: false");
    }
    if (!call.allow.empty() && head.status == 405) {
        out.append("\r\nAllow: ").append(call.allow);
    }
    if (head.status == 426) {
        out.append("\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13");
    }
    if (head.status == 401) {
        out.append("\r\nWWW-Authenticate: Bearer");
    }
    switch (head.framing) {
        case BodyFraming::length:
            if (head.status != kNoContent) {  // RFC 9110 section 8.6: it has none.
                out.append("\r\nContent-Length: ").append(std::to_string(head.length));
            }
            break;
        case BodyFraming::chunked:
            out.append("\r\nCache-Control: no-cache\r\nX-Accel-Buffering: no\r\nTransfer-Encoding: chunked");
            break;
        case BodyFraming::until_close:
            out.append("\r\nCache-Control: no-cache");
            break;
    }
    if (!head.keep_alive || head.framing == BodyFraming::until_close) {
        out.append("\r\nConnection: close");
    } else if (call.head.minor_version == 0) {
        out.append("\r\nConnection: keep-alive");
    }
    out.append("\r\n\r\n");
}

net::Task<Result<void>> respond(
    Worker& worker, net::Connection& client, const Call& call, AnswerHead head, std::string_view body
) {
    head.length = body.size();
    std::string text;
    text.reserve(384);
    append_head(text, head, call, worker.loop());
    const bool without_body = call.head.method == "HEAD";
    const std::array<std::string_view, 2> parts{text, without_body ? std::string_view() : body};
    const auto patience = worker.state()->shared->config->timeouts.write;
    // Also where the call's own time is over, as an answer that says so.
    const auto latest = std::max(call.deadline, worker.now() + patience);
    client.set_write_patience(patience, latest, Errc::client_gone);
    co_return co_await client.write(parts);
}

net::Task<Result<int>> respond_refusal(
    Worker& worker, net::Connection& client, Call& call, const Refusal& refusal, bool keep_alive
) {
    const auto shown = shown_to(call, refusal);
    AnswerHead head;
    head.status = shown.status;
    head.content_type = "application/json";
    head.retry_after = refusal.retry_after;
    head.retry_is_useless = refusal.retry_is_useless;
    head.keep_alive = keep_alive;
    call.trail.row.bytes_out = shown.body.size();
    AIHUB_CO_CHECK(co_await respond(worker, client, call, head, shown.body));
    co_return shown.status;
}

}  // namespace aihub::gateway
