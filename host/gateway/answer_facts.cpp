#include "gateway/answer_facts.hpp"

#include "gateway/call_policies.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace aihub::gateway {

namespace {

// A model name may be a client's text, and is as long as the client likes.
constexpr std::size_t kValueBytesMax = 256;

void append_number(std::string& out, std::int64_t number) {
    char digits[24];
    const auto written = std::to_chars(digits, digits + sizeof digits, number);
    out.append(digits, written.ptr);
}

void append_printable(std::string& out, std::string_view text) {
    const auto begin = out.size();
    out.append(text.substr(0, kValueBytesMax));
    std::replace_if(
        out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), [](char c) { return c < 0x20 || c > 0x7E; }, '?'
    );
}

// "120ms", "3s", "6m0s": as clients of the format read it.
void append_wait(std::string& out, std::chrono::nanoseconds wait) {
    if (wait < std::chrono::seconds(1)) {
        append_number(out, std::chrono::ceil<std::chrono::milliseconds>(wait).count());
        out.append("ms");
        return;
    }
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
    if (seconds >= 60) {
        append_number(out, seconds / 60);
        out.append("m");
    }
    append_number(out, seconds % 60);
    out.append("s");
}

// Clients of this dialect read a time of day.
void append_rate_of_messages(std::string& out, const RateAnswer& rate) {
    append_number(out.append("\r\nanthropic-ratelimit-requests-limit: "), static_cast<std::int64_t>(rate.limit));
    append_number(
        out.append("\r\nanthropic-ratelimit-requests-remaining: "), static_cast<std::int64_t>(rate.remaining)
    );
    const auto seconds = std::chrono::system_clock::to_time_t(rate.reset_at + std::chrono::milliseconds(999));
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[32];
    const auto size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    out.append("\r\nanthropic-ratelimit-requests-reset: ").append(text, size);
}

void append_rate(std::string& out, const RateAnswer& rate) {
    append_number(out.append("\r\nx-ratelimit-limit-requests: "), static_cast<std::int64_t>(rate.limit));
    append_number(out.append("\r\nx-ratelimit-remaining-requests: "), static_cast<std::int64_t>(rate.remaining));
    append_wait(out.append("\r\nx-ratelimit-reset-requests: "), rate.reset);
}

}  // namespace

void append_facts(std::string& out, const Call& call) {
    out.append("\r\nx-request-id: ").append(call.request_id);
    const bool messages = call.dialect == dialect::Dialect::anthropic;
    if (messages) {
        out.append("\r\nrequest-id: ").append(call.request_id);
    }
    if (call.rate) {
        messages ? append_rate_of_messages(out, *call.rate) : append_rate(out, *call.rate);
    }
    if (operation_format(call.operation).empty()) {
        return;
    }
    const auto& wanted = call.state->shared->config->response_headers;
    const auto& row = call.trail.row;
    if (wanted.provider && !row.provider.empty()) {
        out.append("\r\nx-aihub-provider: ").append(row.provider);
    }
    if (wanted.model && !row.model_used.empty()) {
        append_printable(out.append("\r\nx-aihub-model: "), row.model_used);
    }
    if (!call.trail.dropped.empty()) {
        append_printable(out.append("\r\nx-aihub-dropped: "), call.trail.dropped);
    }
    if (wanted.attempts) {
        append_number(out.append("\r\nx-aihub-attempts: "), row.attempts);
    }
    if (wanted.policy && call.policies) {
        append_printable(out.append("\r\nx-aihub-policy: "), call.policies->bundle->label());
    }
    if (wanted.trace && call.trace.known) {
        auto own = call.trace.nearest();
        own.span = call.trace.recorded ? call.trace.own : own.span;
        append_traceparent(out.append("\r\ntraceresponse: "), own);
    }
    if (wanted.overhead) {
        const auto own = std::chrono::duration_cast<std::chrono::microseconds>(call.trail.own());
        append_number(out.append("\r\nx-aihub-overhead-us: "), own.count());
    }
}

}  // namespace aihub::gateway
