#include "retry_after.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

namespace aihub::provider_openai {
namespace {

using std::chrono::nanoseconds;

std::optional<double> decimal(std::string_view text) {
    double value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    const bool whole = !text.empty() && read.ec == std::errc{} && read.ptr == text.data() + text.size();
    return whole && value >= 0 ? std::optional(value) : std::nullopt;
}

std::optional<int> integer(std::string_view text) {
    int value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    return read.ec == std::errc{} && read.ptr == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

// "Sun, 06 Nov 1994 08:49:37 GMT"; the two obsolete forms of dates are not read.
std::optional<nanoseconds> http_date(std::string_view text) {
    constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (text.size() != 29 || !text.ends_with(" GMT") || text[19] != ':' || text[22] != ':') {
        return std::nullopt;
    }
    const auto day = integer(text.substr(5, 2));
    const auto month = kMonths.find(text.substr(8, 3));
    const auto year = integer(text.substr(12, 4));
    const auto hour = integer(text.substr(17, 2));
    const auto minute = integer(text.substr(20, 2));
    const auto second = integer(text.substr(23, 2));
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

nanoseconds bounded(double seconds) {
    constexpr double kSecondsMax = 86400;
    return nanoseconds(static_cast<std::int64_t>(std::min(seconds, kSecondsMax) * 1e9));
}

}  // namespace

nanoseconds read_retry_after(const sdk::Headers& headers, nanoseconds wall_now) {
    if (const auto milliseconds = decimal(headers.find("retry-after-ms"))) {
        return bounded(*milliseconds / 1000);
    }
    const std::string_view text = headers.find("retry-after");
    if (const auto seconds = decimal(text)) {
        return bounded(*seconds);
    }
    const auto when = http_date(text);
    if (!when || *when <= wall_now) {
        return nanoseconds(0);
    }
    return std::min<nanoseconds>(*when - wall_now, std::chrono::hours(24));
}

}  // namespace aihub::provider_openai
