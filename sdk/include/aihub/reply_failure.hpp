// What replies that are no answers have in common, whoever sent them: the failure that a status stands for, how long to
// wait, and ends without an answer. What the provider's own words say is the plugin's to read first.
#pragma once

#include <aihub/call.hpp>
#include <aihub/provider_codec.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>

namespace aihub::sdk {

// For FailureKind::auth. The provider's own words may show a part of the key.
inline constexpr std::string_view kCredentialRefused =
    "the provider did not accept the credential that is configured for it";

// What an HTTP status stands for that no words explain.
inline FailureKind failure_kind(int http_status) {
    switch (http_status) {
        case 401:
        case 403:
        case 407:
            return FailureKind::auth;
        case 402:
            return FailureKind::quota;
        case 404:
            return FailureKind::not_found;
        case 408:
        case 504:
            return FailureKind::timeout;
        case 413:
            return FailureKind::too_large;
        case 429:
            return FailureKind::rate_limit;
        case 503:
        case 529:
            return FailureKind::overloaded;
        default:
            return http_status >= 400 && http_status < 500 ? FailureKind::invalid_request : FailureKind::upstream;
    }
}

// Of an attempt at whose end no answer was told; nothing: it was cancelled, or the reply ended as HTTP says.
inline std::optional<Failure> end_failure(End why) {
    if (why == End::timeout) {
        return Failure{.kind = FailureKind::timeout, .message = "the provider took too long"};
    }
    if (why == End::cut) {
        return Failure{.kind = FailureKind::network, .message = "the connection to the provider was cut"};
    }
    return std::nullopt;
}

// "1.5" as a time of at most a day; nothing: it is no such number.
inline std::optional<std::chrono::nanoseconds> read_seconds(std::string_view text, double unit = 1) {
    constexpr double kSecondsMax = 86400;
    double value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    const bool whole = !text.empty() && read.ec == std::errc{} && read.ptr == text.data() + text.size();
    if (!whole || !std::isfinite(value) || value < 0) {
        return std::nullopt;
    }
    return std::chrono::nanoseconds(static_cast<std::int64_t>(std::min(value * unit, kSecondsMax) * 1e9));
}

namespace detail {

inline std::optional<int> whole_number(std::string_view text) {
    int value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    return read.ec == std::errc{} && read.ptr == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

// "Sun, 06 Nov 1994 08:49:37 GMT"; the two obsolete forms of dates are not read.
inline std::optional<std::chrono::nanoseconds> http_date(std::string_view text) {
    constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (text.size() != 29 || !text.ends_with(" GMT") || text[19] != ':' || text[22] != ':') {
        return std::nullopt;
    }
    const auto day = whole_number(text.substr(5, 2));
    const auto month = kMonths.find(text.substr(8, 3));
    const auto year = whole_number(text.substr(12, 4));
    const auto hour = whole_number(text.substr(17, 2));
    const auto minute = whole_number(text.substr(20, 2));
    const auto second = whole_number(text.substr(23, 2));
    if (!day || !year || !hour || !minute || !second || month == std::string_view::npos || month % 3 != 0) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date(
        std::chrono::year(*year),
        std::chrono::month(static_cast<unsigned>(month / 3 + 1)),
        std::chrono::day(static_cast<unsigned>(*day))
    );
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) {
        return std::nullopt;
    }
    const std::chrono::sys_seconds when = std::chrono::sys_days(date) + std::chrono::hours(*hour) +
                                          std::chrono::minutes(*minute) + std::chrono::seconds(*second);
    return when.time_since_epoch();
}

}  // namespace detail

// How long a provider asks to wait: retry-after-ms, or Retry-After in seconds or as a date (RFC 9110 section 10.2.3),
// compared with `wall_now` (Services::wall()). Zero: not said, not readable, or in the past. At most one day.
inline std::chrono::nanoseconds read_retry_after(const Headers& headers, std::chrono::nanoseconds wall_now) {
    constexpr double kMilli = 0.001;
    if (const auto milliseconds = read_seconds(headers.find("retry-after-ms"), kMilli)) {
        return *milliseconds;
    }
    const std::string_view text = headers.find("retry-after");
    if (const auto seconds = read_seconds(text)) {
        return *seconds;
    }
    const auto when = detail::http_date(text);
    if (!when || *when <= wall_now) {
        return std::chrono::nanoseconds(0);
    }
    return std::min<std::chrono::nanoseconds>(*when - wall_now, std::chrono::hours(24));
}

}  // namespace aihub::sdk
