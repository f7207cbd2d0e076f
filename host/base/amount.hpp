// Money: an exact decimal number with twelve decimals. Never a floating-point number.
#pragma once

#include "base/result.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace aihub {

// What becomes of a rest that twelve decimals do not hold.
enum class Rounding {
    half_even,  // to the nearest; from the middle to the even one, so that many of them do not add up
    half_up,    // to the nearest; from the middle away from zero
    up,         // away from zero
    down        // towards zero
};

class Amount {
public:
    static constexpr int kDecimals = 12;
    // In front of the point; so that any amount fits into NUMERIC(24,12).
    static constexpr int kWholeDigits = 12;
    static constexpr std::size_t kTextBytesMax = 64;

    // Trillionths.
    __extension__ using Units = __int128;

    constexpr Amount() = default;
    [[nodiscard]] static constexpr Amount zero() { return {}; }
    // "12", "-0.000001". invalid_request: anything else, such as exponents, signs in front of positive numbers, more
    // than twelve digits on either side of the point.
    [[nodiscard]] static Result<Amount> parse(std::string_view text);
    // invalid_request: too large.
    [[nodiscard]] static Result<Amount> of_whole(std::int64_t whole);
    [[nodiscard]] static Result<Amount> of_units(Units units);

    [[nodiscard]] constexpr Units units() const { return units_; }
    [[nodiscard]] constexpr bool is_negative() const { return units_ < 0; }
    // What parse() reads, in its shortest form but with at least this many decimals: "12.34", "0", "-0.5".
    [[nodiscard]] std::string text(int decimals_least = 0) const;

    // invalid_request: the result is too large. Otherwise exact.
    [[nodiscard]] Result<Amount> plus(Amount other) const;
    [[nodiscard]] Result<Amount> minus(Amount other) const;
    [[nodiscard]] constexpr Amount negated() const { return Amount(-units_); }
    // This times `count`, divided by `per`, rounded once. invalid_request: `per` is below 1, or the result is too
    // large.
    [[nodiscard]] Result<Amount> times(
        std::int64_t count, std::int64_t per = 1, Rounding rounding = Rounding::half_even
    ) const;
    // This times a decimal factor, such as 1.15, rounded once.
    [[nodiscard]] Result<Amount> times(Amount factor, Rounding rounding = Rounding::half_even) const;

    friend constexpr bool operator==(Amount a, Amount b) { return a.units_ == b.units_; }
    friend constexpr std::strong_ordering operator<=>(Amount a, Amount b) {
        if (a.units_ == b.units_) {
            return std::strong_ordering::equal;
        }
        return a.units_ < b.units_ ? std::strong_ordering::less : std::strong_ordering::greater;
    }

private:
    constexpr explicit Amount(Units units) : units_(units) {}

    Units units_ = 0;
};

}  // namespace aihub
