#include "base/amount.hpp"

#include <algorithm>

namespace aihub {

namespace {

using Units = Amount::Units;

constexpr unsigned kBase = 10;

constexpr Units power_of_ten(int exponent) {
    Units power = 1;
    for (int i = 0; i < exponent; ++i) {
        power *= static_cast<Units>(kBase);
    }
    return power;
}

constexpr Units kOne = power_of_ten(Amount::kDecimals);
constexpr Units kUnitsEnd = power_of_ten(Amount::kDecimals + Amount::kWholeDigits);

bool is_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

Error not_an_amount(std::string_view text) {
    return {
        Errc::invalid_request,
        "\"" + std::string(text.substr(0, Amount::kTextBytesMax)) +
            "\" is no amount of money; write digits with a point, at most " + std::to_string(Amount::kWholeDigits) +
            " in front of it and " + std::to_string(Amount::kDecimals) + " behind it, such as 12.34"};
}

Units absolute(Units value) {
    return value < 0 ? -value : value;
}

bool is_too_large(Units units) {
    return units >= kUnitsEnd || units <= -kUnitsEnd;
}

Error too_large() {
    return {
        Errc::invalid_request,
        "the amount is too large; it may have " + std::to_string(Amount::kWholeDigits) +
            " digits in front of the point"};
}

// `units` * `count` / `per`. The part of `units` that `per` divides is multiplied first, so that nothing in between is
// larger than the result, or than `per` times `count`, which has to fit.
Result<Amount> scaled(Units units, Units count, Units per, Rounding rounding) {
    Units whole = 0;
    Units result = 0;
    const Units product = units % per * count;
    if (__builtin_mul_overflow(units / per, count, &whole) || __builtin_add_overflow(whole, product / per, &result) ||
        is_too_large(result)) {
        return too_large();
    }
    // Both parts have the same sign, and so has the rest.
    const Units rest = absolute(product % per);
    const Units to_next = per - rest;
    bool away = rest != 0 && rounding == Rounding::up;
    if (rounding == Rounding::half_even) {
        away = rest > to_next || (rest == to_next && result % 2 != 0);
    } else if (rounding == Rounding::half_up) {
        away = rest >= to_next;
    }
    if (away) {
        result += product < 0 ? -1 : 1;
    }
    return Amount::of_units(result);
}

}  // namespace

Result<Amount> Amount::of_units(Units units) {
    if (is_too_large(units)) {
        return too_large();
    }
    return Amount(units);
}

Result<Amount> Amount::of_whole(std::int64_t whole) {
    return of_units(static_cast<Units>(whole) * kOne);
}

Result<Amount> Amount::parse(std::string_view text) {
    const bool negative = text.starts_with('-');
    const auto digits = text.substr(negative ? 1 : 0);
    const auto point = std::min(digits.find('.'), digits.size());
    const auto whole = digits.substr(0, point);
    const auto decimals = digits.substr(std::min(point + 1, digits.size()));
    const bool shaped = is_digits(whole) && (point == digits.size() || is_digits(decimals));
    if (!shaped || whole.size() > kWholeDigits || decimals.size() > kDecimals) {
        return not_an_amount(text);
    }
    Units units = 0;
    for (const auto part : {whole, decimals}) {
        for (const char c : part) {
            units = units * static_cast<Units>(kBase) + (c - '0');
        }
    }
    units *= power_of_ten(kDecimals - static_cast<int>(decimals.size()));
    return Amount(negative ? -units : units);
}

std::string Amount::text(int decimals_least) const {
    const Units value = absolute(units_);
    const auto append_digits = [](std::string& out, Units number, std::size_t digits) {
        std::string reversed;
        for (; number > 0 || reversed.size() < digits; number /= static_cast<Units>(kBase)) {
            reversed += static_cast<char>('0' + static_cast<int>(number % static_cast<Units>(kBase)));
        }
        out.append(reversed.rbegin(), reversed.rend());
    };
    std::string out = units_ < 0 ? "-" : "";
    append_digits(out, value / kOne, 1);
    std::string decimals;
    append_digits(decimals, value % kOne, kDecimals);
    const auto last = decimals.find_last_not_of('0');
    const auto wanted = static_cast<std::size_t>(std::clamp(decimals_least, 0, kDecimals));
    decimals.resize(std::max(last == std::string::npos ? 0 : last + 1, wanted));
    return decimals.empty() ? out : out + "." + decimals;
}

Result<Amount> Amount::plus(Amount other) const {
    return of_units(units_ + other.units_);
}

Result<Amount> Amount::minus(Amount other) const {
    return of_units(units_ - other.units_);
}

Result<Amount> Amount::times(std::int64_t count, std::int64_t per, Rounding rounding) const {
    if (per < 1) {
        return Error{Errc::invalid_request, "an amount is divided by 1 or more, not by " + std::to_string(per)};
    }
    return scaled(units_, count, per, rounding);
}

Result<Amount> Amount::times(Amount factor, Rounding rounding) const {
    return scaled(units_, factor.units_, kOne, rounding);
}

}  // namespace aihub
