#include "provider_failure.hpp"

#include <aihub/json_read.hpp>
#include <aihub/reply_failure.hpp>

#include <algorithm>
#include <initializer_list>

namespace aihub::provider_google {
namespace {

using sdk::FailureKind;
using std::chrono::nanoseconds;

constexpr std::size_t kMessageBytesMax = 2048;
constexpr std::size_t kDetailBytesMax = 8192;

struct Words {
    int code = 0;
    std::string status;  // "INVALID_ARGUMENT"
    std::string reason;  // of an ErrorInfo: "API_KEY_INVALID"
    std::string message;
    std::string_view raw;  // the error object
    nanoseconds retry{0};
    bool says_retry = false;
};

bool has_any(std::string_view text, std::initializer_list<std::string_view> needles) {
    return std::ranges::any_of(needles, [&](std::string_view needle) {
        return text.find(needle) != std::string_view::npos;
    });
}

std::string lower(std::string_view text) {
    std::string out(text.substr(0, kMessageBytesMax));
    for (char& c : out) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    }
    return out;
}

void read_details(const sdk::JsonValue& details, Words& words) {
    for (const sdk::JsonValue detail : details) {
        const std::string type = detail["@type"].string_or("");
        if (type.ends_with("google.rpc.RetryInfo")) {
            std::string delay = detail["retryDelay"].string_or("");
            if (delay.ends_with('s')) {
                delay.pop_back();
            }
            words.retry = sdk::read_seconds(delay).value_or(nanoseconds(0));
            words.says_retry = true;
        }
        if (type.ends_with("google.rpc.ErrorInfo")) {
            words.reason = detail["reason"].string_or("");
        }
    }
}

Words read_words(const sdk::JsonValue& root) {
    const sdk::JsonValue outer = root.is(sdk::JsonKind::array) ? root[0] : root;
    const sdk::JsonValue error = outer["error"];
    Words words;
    if (error.is(sdk::JsonKind::string)) {
        words.message = error.string_or("");
        words.status = outer["status"].string_or("");
        return words;
    }
    words.code = error["code"].number<int>().value_or(0);
    words.status = error["status"].string_or("");
    words.message = error["message"].string_or("");
    words.raw = error.is(sdk::JsonKind::object) ? error.raw() : std::string_view();
    read_details(error["details"], words);
    return words;
}

FailureKind kind_by_word(std::string_view word, int status) {
    struct Known {
        std::string_view word;
        FailureKind kind;
    };
    constexpr Known kKnown[] = {
        {"INVALID_ARGUMENT", FailureKind::invalid_request},
        {"FAILED_PRECONDITION", FailureKind::invalid_request},
        {"OUT_OF_RANGE", FailureKind::invalid_request},
        {"UNAUTHENTICATED", FailureKind::auth},
        {"PERMISSION_DENIED", FailureKind::auth},
        {"NOT_FOUND", FailureKind::not_found},
        {"RESOURCE_EXHAUSTED", FailureKind::rate_limit},
        {"UNAVAILABLE", FailureKind::overloaded},
        {"DEADLINE_EXCEEDED", FailureKind::timeout},
        {"INTERNAL", FailureKind::upstream},
        {"UNKNOWN", FailureKind::upstream},
        {"ABORTED", FailureKind::upstream},
        {"CANCELLED", FailureKind::upstream},
    };
    for (const Known& known : kKnown) {
        if (known.word == word) {
            return known.kind;
        }
    }
    return sdk::failure_kind(status);
}

FailureKind kind_of(const Words& words, int status) {
    const FailureKind kind = kind_by_word(words.status, status);
    const std::string message = lower(words.message);
    const bool about_input = kind == FailureKind::invalid_request || kind == FailureKind::upstream;
    if (has_any(words.reason, {"API_KEY_INVALID", "API_KEY_EXPIRED", "API_KEY_SERVICE_BLOCKED"}) ||
        (about_input && has_any(message, {"api key not valid", "api key expired", "api key not found"}))) {
        return FailureKind::auth;
    }
    if (has_any(words.reason, {"BILLING_DISABLED"})) {
        return FailureKind::quota;
    }
    const bool about_length = has_any(message, {"token count", "number of tokens", "context length", "token limit"}) &&
                              has_any(message, {"exceed", "greater than", "too many", "only supports"});
    if (about_input && about_length) {
        return FailureKind::context_length;
    }
    if (about_input && has_any(message, {"request payload size exceeds", "request too large"})) {
        return FailureKind::too_large;
    }
    // The usual message of a limit for each minute speaks of billing, too, but says when to come again.
    const bool about_money = has_any(message, {"billing", "credits are depleted", "prepay"});
    if (kind == FailureKind::rate_limit && about_money && !words.says_retry) {
        return FailureKind::quota;
    }
    return kind;
}

}  // namespace

sdk::Failure provider_failure(int status, std::string_view body, nanoseconds retry_after) {
    const auto document = sdk::JsonDocument::parse(body, {.depth_max = 32, .values_max = 10'000});
    const Words words = document ? read_words(document->root()) : Words{};
    const bool usual_code = words.code >= 400 && words.code <= 599;
    const int said = status < 400 && usual_code ? words.code : status;
    sdk::Failure failure;
    failure.kind = kind_of(words, said);
    failure.http_status = said;
    failure.retry_after = words.retry.count() > 0 ? words.retry : retry_after;
    if (failure.kind == FailureKind::auth) {
        failure.message = sdk::kCredentialRefused;
        return failure;
    }
    if (words.message.empty()) {
        failure.message = "the provider answered with HTTP status " + std::to_string(said) + " and no readable error";
        return failure;
    }
    failure.message = sdk::utf8_prefix(words.message, kMessageBytesMax);
    if (words.raw.size() <= kDetailBytesMax) {
        failure.detail_json = words.raw;
    }
    return failure;
}

}  // namespace aihub::provider_google
