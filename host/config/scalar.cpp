#include "config/scalar.hpp"

#include <charconv>
#include <limits>
#include <span>

namespace aihub::config {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr Unit kByteUnits[] = {{"GiB", 1ULL << 30U}, {"MiB", 1ULL << 20U}, {"KiB", 1ULL << 10U}, {"B", 1}};
constexpr Unit kTimeUnits[] = {{"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};

Error wrong(std::string message) {
    return Error{Errc::invalid_request, std::move(message)};
}

// The number that `text` begins with; `text` keeps the rest. False: no digits, or too large.
bool take_number(std::string_view& text, std::uint64_t& number) {
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (parsed.ec != std::errc()) {
        return false;
    }
    text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
    return true;
}

std::uint64_t factor_of(std::string_view unit, std::span<const Unit> units) {
    for (const Unit& one : units) {
        if (one.name == unit) {
            return one.factor;
        }
    }
    return 0;
}

std::string text_with_unit(std::uint64_t value, std::span<const Unit> units) {
    for (const Unit& unit : units) {
        if (value != 0 && value % unit.factor == 0) {
            return std::to_string(value / unit.factor) + std::string(unit.name);
        }
    }
    return std::to_string(value) + std::string(units.back().name);
}

Result<std::uint64_t> scaled(std::uint64_t number, std::uint64_t factor) {
    if (number > std::numeric_limits<std::int64_t>::max() / factor) {
        return wrong("too large a number");
    }
    return number * factor;
}

}  // namespace

Result<std::uint64_t> parse_count(std::string_view text) {
    std::uint64_t number = 0;
    if (!take_number(text, number) || !text.empty()) {
        return wrong("not a whole number, write digits only, for example 256");
    }
    return scaled(number, 1);
}

Result<std::uint64_t> parse_bytes(std::string_view text) {
    std::uint64_t number = 0;
    if (!take_number(text, number)) {
        return wrong("not a size, write a whole number of bytes or one with KiB, MiB or GiB, for example 32MiB");
    }
    const std::uint64_t factor = text.empty() ? 1 : factor_of(text, kByteUnits);
    if (factor == 0) {
        return wrong("not a clear unit of size, write B, KiB (1024), MiB or GiB behind the number, for example 32MiB");
    }
    return scaled(number, factor);
}

Result<std::uint64_t> parse_duration(std::string_view text) {
    std::uint64_t number = 0;
    if (!take_number(text, number)) {
        return wrong("not a duration, write a whole number with ms, s, m or h, for example 30s");
    }
    if (text.empty()) {
        return wrong("a duration without a unit, write ms, s, m or h behind the number, for example 30s");
    }
    const std::uint64_t factor = factor_of(text, kTimeUnits);
    if (factor == 0) {
        return wrong("not a unit of time, write ms, s, m or h behind a whole number, for example 500ms");
    }
    return scaled(number, factor);
}

Result<double> parse_ratio(std::string_view text) {
    double number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    // Written so that a number which is none is refused, too.
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || !(number >= 0 && number <= 1)) {
        return wrong("not a number from 0 to 1, write it like 0.25");
    }
    return number;
}

Result<std::uint32_t> parse_percent(std::string_view text) {
    const auto not_one = [] {
        return wrong("not a percentage, write a number from 0 to 100 with at most two decimals, for example 12.5");
    };
    std::uint64_t whole = 0;
    if (!take_number(text, whole) || whole > 100 || text == ".") {
        return not_one();
    }
    std::uint64_t hundredths = 0;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        const std::size_t digits = text.size();
        if (digits > 2 || !take_number(text, hundredths)) {
            return not_one();
        }
        hundredths *= digits == 1 ? 10 : 1;
    }
    const std::uint64_t value = whole * 100 + hundredths;
    if (!text.empty() || value > 10000) {
        return not_one();
    }
    return static_cast<std::uint32_t>(value);
}

Result<bool> parse_bool(std::string_view text) {
    if (text == "true" || text == "false") {
        return text == "true";
    }
    return wrong("neither true nor false, write one of them");
}

std::string bytes_text(std::uint64_t bytes) {
    return text_with_unit(bytes, kByteUnits);
}

std::string duration_text(std::uint64_t milliseconds) {
    // 60s and 120s read better than 1m and 2m beside 75s.
    if (milliseconds % 60000 == 0 && milliseconds >= 300000) {
        return text_with_unit(milliseconds, kTimeUnits);
    }
    return text_with_unit(milliseconds, std::span(kTimeUnits).last(2));
}

std::string ratio_text(double ratio) {
    char digits[32];
    return {digits, std::to_chars(digits, digits + sizeof digits, ratio).ptr};
}

std::string percent_text(std::uint32_t hundredths) {
    std::string text = std::to_string(hundredths / 100);
    const std::uint32_t rest = hundredths % 100;
    if (rest > 0) {
        text += (rest < 10 ? ".0" : ".") + std::to_string(rest % 10 == 0 ? rest / 10 : rest);
    }
    return text;
}

}  // namespace aihub::config
