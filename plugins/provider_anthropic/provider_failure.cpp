#include "provider_failure.hpp"

#include <aihub/json_read.hpp>
#include <aihub/json_write.hpp>
#include <aihub/reply_failure.hpp>

#include <algorithm>
#include <initializer_list>
#include <string>

namespace aihub::provider_anthropic {
namespace {

using sdk::FailureKind;

constexpr std::size_t kMessageBytesMax = 2000;
constexpr std::size_t kDetailBytesMax = 16384;

bool has_any(std::string_view text, std::initializer_list<std::string_view> parts) {
    return std::ranges::any_of(parts, [&](std::string_view part) { return text.find(part) != std::string_view::npos; });
}

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    });
    return text;
}

// Words that are addresses or keys give way.
std::string without_addresses(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(" \n\t"), text.size());
        const std::string_view word = text.substr(0, end);
        out += has_any(word, {"://", "sk-ant-"}) ? "[...]" : word;
        const std::size_t next = std::min(text.find_first_not_of(" \n\t", end), text.size());
        out += text.substr(end, next - end);
        text.remove_prefix(next);
    }
    return out;
}

// No value in `type`: it says nothing clear.
FailureKind kind_by_type(std::string_view type, FailureKind otherwise) {
    struct Type {
        std::string_view name;
        FailureKind kind;
    };
    constexpr Type kTypes[] = {
        {"authentication_error", FailureKind::auth},
        {"permission_error", FailureKind::auth},
        {"billing_error", FailureKind::quota},
        {"not_found_error", FailureKind::not_found},
        {"request_too_large", FailureKind::too_large},
        {"rate_limit_error", FailureKind::rate_limit},
        {"overloaded_error", FailureKind::overloaded},
        {"timeout_error", FailureKind::timeout},
        {"invalid_request_error", FailureKind::invalid_request}};
    for (const Type& one : kTypes) {
        if (one.name == type) {
            return one.kind;
        }
    }
    return otherwise;
}

// The API has one type for all that is wrong with a request: its words tell more.
FailureKind kind_of(std::string_view type, std::string_view message, int status) {
    const FailureKind kind = kind_by_type(type, sdk::failure_kind(status));
    if (kind != FailureKind::invalid_request && kind != FailureKind::auth) {
        return kind;
    }
    if (has_any(message, {"credit balance", "specified api usage limits"})) {
        return FailureKind::quota;
    }
    if (kind == FailureKind::auth) {
        return kind;
    }
    if (has_any(message, {"prompt is too long", "exceed context limit", "context window", "context length"})) {
        return FailureKind::context_length;
    }
    if (has_any(message, {"content filtering policy", "content policy"})) {
        return FailureKind::content_filter;
    }
    return has_any(message, {"request_too_large", "request size exceeds"}) ? FailureKind::too_large : kind;
}

std::string detail_of(const sdk::JsonValue& error, std::string_view type, std::string_view message, bool unchanged) {
    if (unchanged && error.is(sdk::JsonKind::object) && error.raw().size() <= kDetailBytesMax) {
        return std::string(error.raw());
    }
    sdk::JsonWriter json;
    json.begin_object().field("type", type.empty() ? "api_error" : type).field("message", message).end_object();
    return std::move(json).text();
}

}  // namespace

sdk::Failure provider_failure(
    int http_status, std::string_view body, std::chrono::nanoseconds retry_after, Detail detail
) {
    const auto document = sdk::JsonDocument::parse(body, {.depth_max = 32, .values_max = 10'000});
    const sdk::JsonValue root = document ? document->root() : sdk::JsonValue{};
    const sdk::JsonValue error = root["error"] ? root["error"] : root;
    const std::string type = error["type"].string_or("");
    const std::string said = error.is(sdk::JsonKind::string) ? error.string_or("") : error["message"].string_or("");
    const std::string shown(sdk::utf8_prefix(said, kMessageBytesMax));

    sdk::Failure failure;
    failure.http_status = http_status;
    failure.retry_after = retry_after;
    failure.kind = kind_of(type, lower(shown), http_status);
    if (failure.kind == FailureKind::auth) {
        failure.message = sdk::kCredentialRefused;
        return failure;
    }
    failure.message = without_addresses(shown);
    if (failure.message.empty()) {
        failure.message = "the provider answered with HTTP status " + std::to_string(http_status) +
                          (type.empty() ? " and no readable error" : " and the error " + type);
        return failure;
    }
    if (detail == Detail::with) {
        failure.detail_json = detail_of(error, type, failure.message, failure.message == said);
    }
    return failure;
}

}  // namespace aihub::provider_anthropic
