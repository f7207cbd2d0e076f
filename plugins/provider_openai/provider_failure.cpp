#include "provider_failure.hpp"

#include <aihub/json_read.hpp>
#include <aihub/json_write.hpp>
#include <aihub/reply_failure.hpp>

#include <algorithm>
#include <initializer_list>
#include <string>

namespace aihub::provider_openai {
namespace {

using sdk::FailureKind;

constexpr std::size_t kMessageBytesMax = 2000;
constexpr std::size_t kDetailBytesMax = 16384;

// An error in words, wherever its provider put them.
struct Words {
    std::string message;
    std::string codes;   // type, code and their like, in lower case, one after another
    std::string detail;  // an error object in the client's format
    int status = 0;      // that the error itself names
};

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    });
    return text;
}

bool has_any(std::string_view text, std::initializer_list<std::string_view> parts) {
    return std::ranges::any_of(parts, [&](std::string_view part) { return text.find(part) != std::string_view::npos; });
}

int status_of(const sdk::JsonValue& value) {
    const int status = value.number<int>().value_or(0);
    return status >= 400 && status <= 599 ? status : 0;
}

std::string plain_text(const sdk::JsonValue& value) {
    return value.is(sdk::JsonKind::string) ? value.string_or("") : std::string(value.raw());
}

Words words_of(const sdk::JsonValue& error, const sdk::JsonValue& outer) {
    Words words;
    if (error.is(sdk::JsonKind::string)) {
        words.message = error.string_or("");
    }
    for (const char* name : {"message", "detail", "error"}) {
        if (words.message.empty() && error[name]) {
            words.message = plain_text(error[name]);
        }
    }
    for (const sdk::JsonValue& source : {error, outer, error["innererror"], error["metadata"]}) {
        for (const char* name : {"type", "code", "status", "error_type"}) {
            if (const sdk::JsonValue word = source[name]; word.is(sdk::JsonKind::string)) {
                words.codes += lower(word.string_or("")) + ' ';
            }
            words.status = words.status == 0 ? status_of(source[name]) : words.status;
        }
    }
    if (error["metadata"]["reasons"].is(sdk::JsonKind::array)) {
        words.codes += "moderation ";
    }
    const bool usual = error.is(sdk::JsonKind::object) && error["message"].is(sdk::JsonKind::string);
    if (usual && error.raw().size() <= kDetailBytesMax && error.raw() != outer.raw()) {
        words.detail = error.raw();
        return words;
    }
    const std::string type = error["type"].string_or("upstream_error");
    sdk::JsonWriter json;
    json.begin_object().field("message", sdk::utf8_prefix(words.message, kMessageBytesMax)).field("type", type);
    json.field("param", nullptr).field("code", nullptr).end_object();
    words.detail = std::move(json).text();
    return words;
}

Words read_words(std::string_view body) {
    const auto document = sdk::JsonDocument::parse(body, {.depth_max = 32, .values_max = 10'000});
    if (!document) {
        return {};
    }
    sdk::JsonValue outer = document->root();
    if (outer.is(sdk::JsonKind::array)) {
        outer = outer[0];  // Some wrap the error in a list.
    }
    if (!outer.is(sdk::JsonKind::object)) {
        return {};
    }
    const sdk::JsonValue error = outer["error"];
    const bool inside = error.is(sdk::JsonKind::object) || error.is(sdk::JsonKind::string);
    return words_of(inside ? error : outer, outer);
}

// What the words say, whatever the status; internal: they say nothing clear.
FailureKind kind_by_words(const Words& words, int status) {
    const std::string_view codes = words.codes;
    const std::string message = lower(words.message.substr(0, kMessageBytesMax));
    const bool about_input =
        status == 0 || status == 200 || status == 400 || status == 413 || status == 422 || status == 500;
    if (has_any(codes, {"context_length", "context_window", "string_above_max_length"}) ||
        (about_input && has_any(
                            message,
                            {"maximum context length",
                             "context length",
                             "context window",
                             "context size",
                             "prompt is too long",
                             "too many tokens"}
                        ))) {
        return FailureKind::context_length;
    }
    if (has_any(
            codes, {"insufficient_quota", "billing", "insufficient_balance", "payment_required", "insufficient_credits"}
        )) {
        return FailureKind::quota;
    }
    if (has_any(
            codes, {"content_filter", "content_policy", "responsibleai", "moderation", "data_inspection", "safety"}
        )) {
        return FailureKind::content_filter;
    }
    if (has_any(codes, {"invalid_api_key", "authentication", "permission", "unauthorized", "unauthenticated"})) {
        return FailureKind::auth;
    }
    if (has_any(codes, {"model_not_found", "deploymentnotfound", "not_found"})) {
        return FailureKind::not_found;
    }
    if (has_any(codes, {"overloaded", "capacity", "unavailable"})) {
        return FailureKind::overloaded;
    }
    if (has_any(codes, {"rate_limit", "ratelimit", "too_many_requests", "resource_exhausted"})) {
        return FailureKind::rate_limit;
    }
    return FailureKind::internal;
}

FailureKind kind_of(const Words& words, int status) {
    const FailureKind said = kind_by_words(words, status);
    if (said != FailureKind::internal) {
        return said;
    }
    // Inside a reply of status 200 only the words are left to tell a bad request from a fault.
    if (status < 400 && has_any(words.codes, {"invalid_request", "badrequest", "bad_request", "invalid_argument"})) {
        return FailureKind::invalid_request;
    }
    return sdk::failure_kind(status);
}

}  // namespace

sdk::Failure provider_failure(int http_status, std::string_view body, std::chrono::nanoseconds retry_after) {
    Words words = read_words(body);
    const int status = http_status >= 400 ? http_status : words.status;
    sdk::Failure failure;
    failure.kind = kind_of(words, status);
    failure.http_status = status == 0 ? http_status : status;
    failure.retry_after = retry_after;
    if (failure.kind == FailureKind::auth) {
        failure.message = sdk::kCredentialRefused;
        return failure;
    }
    if (words.message.empty()) {
        failure.message =
            "the provider answered with HTTP status " + std::to_string(failure.http_status) + " and no readable error";
        return failure;
    }
    failure.message = sdk::utf8_prefix(words.message, kMessageBytesMax);
    failure.detail_json = std::move(words.detail);
    return failure;
}

}  // namespace aihub::provider_openai
