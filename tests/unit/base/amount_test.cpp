#include "base/amount.hpp"

#include "base/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aihub {
namespace {

// Numbers of any size as their decimal digits, the least first: the school's way, so that it has nothing in common with
// what is tested.
class Digits {
public:
    Digits() = default;
    explicit Digits(std::string_view text) {
        for (auto c = text.rbegin(); c != text.rend(); ++c) {
            digits_.push_back(*c - '0');
        }
        trim();
    }
    [[nodiscard]] std::string text() const {
        std::string out;
        for (auto digit = digits_.rbegin(); digit != digits_.rend(); ++digit) {
            out += static_cast<char>('0' + *digit);
        }
        return out.empty() ? "0" : out;
    }
    [[nodiscard]] bool is_odd() const { return !digits_.empty() && digits_.front() % 2 != 0; }
    [[nodiscard]] bool is_zero() const { return digits_.empty(); }
    // -1, 0, 1
    [[nodiscard]] int compare(const Digits& other) const {
        if (digits_.size() != other.digits_.size()) {
            return digits_.size() < other.digits_.size() ? -1 : 1;
        }
        for (std::size_t i = digits_.size(); i-- > 0;) {
            if (digits_[i] != other.digits_[i]) {
                return digits_[i] < other.digits_[i] ? -1 : 1;
            }
        }
        return 0;
    }
    [[nodiscard]] Digits plus(const Digits& other) const {
        Digits sum;
        int carry = 0;
        for (std::size_t i = 0; i < std::max(digits_.size(), other.digits_.size()) || carry > 0; ++i) {
            const int value = at(i) + other.at(i) + carry;
            sum.digits_.push_back(value % 10);
            carry = value / 10;
        }
        sum.trim();
        return sum;
    }
    // `other` is not larger.
    [[nodiscard]] Digits minus(const Digits& other) const {
        Digits difference;
        int borrowed = 0;
        for (std::size_t i = 0; i < digits_.size(); ++i) {
            const int value = at(i) - other.at(i) - borrowed;
            difference.digits_.push_back((value + 10) % 10);
            borrowed = value < 0 ? 1 : 0;
        }
        difference.trim();
        return difference;
    }
    [[nodiscard]] Digits times(const Digits& other) const {
        Digits product;
        for (std::size_t i = 0; i < other.digits_.size(); ++i) {
            Digits shifted = *this;
            shifted.digits_.insert(shifted.digits_.begin(), i, 0);
            for (int n = 0; n < other.digits_[i]; ++n) {
                product = product.plus(shifted);
            }
        }
        product.trim();
        return product;
    }
    struct Division;
    [[nodiscard]] Division divided(const Digits& by) const;

private:
    [[nodiscard]] int at(std::size_t i) const { return i < digits_.size() ? digits_[i] : 0; }
    void trim() {
        while (!digits_.empty() && digits_.back() == 0) {
            digits_.pop_back();
        }
    }
    std::vector<int> digits_;
};

struct Digits::Division {
    Digits quotient;
    Digits rest;
};

Digits::Division Digits::divided(const Digits& by) const {
    Division out;
    std::string quotient;
    for (const char digit : text()) {
        out.rest = Digits(out.rest.text() + digit);
        int times = 0;
        for (; out.rest.compare(by) >= 0; ++times) {
            out.rest = out.rest.minus(by);
        }
        quotient += static_cast<char>('0' + times);
    }
    out.quotient = Digits(quotient);
    return out;
}

std::string units_text(Amount amount) {
    auto text = amount.text(Amount::kDecimals);
    std::erase(text, '.');
    std::erase(text, '-');
    return Digits(text).text();
}

// |amount| * count / per in trillionths, rounded; without a sign.
std::string expected_units(Amount amount, const Digits& count, const Digits& per, Rounding rounding) {
    auto [quotient, rest] = Digits(units_text(amount)).times(count).divided(per);
    const int middle = rest.plus(rest).compare(per);
    const bool away = (rounding == Rounding::up && !rest.is_zero()) || (rounding == Rounding::half_up && middle >= 0) ||
                      (rounding == Rounding::half_even && (middle > 0 || (middle == 0 && quotient.is_odd())));
    return (away ? quotient.plus(Digits("1")) : quotient).text();
}

Amount amount(std::string_view text) {
    const auto parsed = Amount::parse(text);
    EXPECT_TRUE(parsed) << text;
    return parsed ? *parsed : Amount();
}

std::string random_digits(Random& random, std::size_t most) {
    std::string digits;
    const auto count = 1 + random.below(most);
    while (digits.size() < count) {
        digits += static_cast<char>('0' + random.below(10));
    }
    return digits;
}

Amount random_amount(Random& random) {
    return amount(
        (random.below(2) == 0 ? "-" : "") + random_digits(random, Amount::kWholeDigits) + "." +
        random_digits(random, Amount::kDecimals)
    );
}

constexpr std::uint64_t kSeed = 20'250'607;
constexpr int kRounds = 3000;
constexpr int kProducts = 500;  // the school is slow at these
constexpr std::string_view kLargestUnits = "999999999999999999999999";

TEST(Amount, ReadsAndWrites) {
    EXPECT_EQ(amount("0").text(), "0");
    EXPECT_EQ(amount("-0").text(), "0");
    EXPECT_EQ(amount("12.340").text(), "12.34");
    EXPECT_EQ(amount("12.34").text(Amount::kDecimals), "12.340000000000");
    EXPECT_EQ(amount("12").text(2), "12.00");
    EXPECT_EQ(amount("-0.000000000001").text(), "-0.000000000001");
    EXPECT_EQ(amount("007.5").text(), "7.5");
    EXPECT_EQ(amount("999999999999.999999999999").text(), "999999999999.999999999999");
}

TEST(Amount, RefusesWhatIsNone) {
    for (const auto* text :
         {"",
          "-",
          ".",
          "1.",
          ".5",
          "+1",
          "--1",
          "1e3",
          "1E-3",
          "nan",
          "inf",
          "0x10",
          "1,5",
          " 1",
          "1 ",
          "1.2.3",
          "1.0000000000000",
          "1000000000000",
          "1.-5"}) {
        const auto parsed = Amount::parse(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().code, Errc::invalid_request);
        EXPECT_EQ(
            parsed.error().message,
            "\"" + std::string(text) +
                "\" is no amount of money; write digits with a point, at most 12 in front of it and 12 behind it, "
                "such as 12.34"
        );
    }
}

TEST(Amount, AnErrorDoesNotRepeatLongText) {
    EXPECT_LT(Amount::parse(std::string(10'000, '7')).error().message.size(), 300U);
}

TEST(Amount, IsWhatItWasWrittenAs) {
    Random random(kSeed);
    for (int i = 0; i < kRounds; ++i) {
        const auto one = random_amount(random);
        EXPECT_EQ(amount(one.text()), one);
        EXPECT_EQ(amount(one.text(Amount::kDecimals)), one);
        EXPECT_EQ(one.negated().negated(), one);
    }
}

TEST(Amount, AddsAsAtSchool) {
    Random random(kSeed);
    for (int i = 0; i < kRounds; ++i) {
        const auto a = random_amount(random);
        const auto b = random_amount(random);
        const Digits digits_a(units_text(a));
        const Digits digits_b(units_text(b));
        const bool same = a.is_negative() == b.is_negative();
        const auto sum = a.plus(b);
        if (!sum) {
            EXPECT_TRUE(same && digits_a.plus(digits_b).compare(Digits(kLargestUnits)) > 0);
            continue;
        }
        const auto larger = digits_a.compare(digits_b) >= 0 ? digits_a : digits_b;
        const auto smaller = digits_a.compare(digits_b) >= 0 ? digits_b : digits_a;
        EXPECT_EQ(units_text(*sum), (same ? digits_a.plus(digits_b) : larger.minus(smaller)).text());
        EXPECT_EQ(*sum->minus(b), a);
        if (const auto difference = a.minus(b)) {
            EXPECT_EQ(a < b, difference->is_negative()) << a.text() << " " << b.text();
        }
    }
}

TEST(Amount, MultipliesAsAtSchool) {
    Random random(kSeed);
    for (int i = 0; i < kProducts; ++i) {
        const auto one = random_amount(random);
        const auto count = static_cast<std::int64_t>(random.next() >> (1 + random.below(60)));
        const std::int64_t per = std::vector<std::int64_t>{
            1,
            3,
            8,
            1000,
            1'000'000,
            static_cast<std::int64_t>(random.next() >> (1 + random.below(60))) | 1}[random.below(6)];
        for (const auto rounding : {Rounding::half_even, Rounding::half_up, Rounding::up, Rounding::down}) {
            const auto expected =
                expected_units(one, Digits(std::to_string(count)), Digits(std::to_string(per)), rounding);
            const auto product = one.times(count, per, rounding);
            ASSERT_EQ(static_cast<bool>(product), Digits(expected).compare(Digits(kLargestUnits)) <= 0)
                << one.text() << " * " << count << " / " << per;
            if (product) {
                EXPECT_EQ(units_text(*product), expected) << one.text() << " * " << count << " / " << per;
                EXPECT_EQ(*one.times(-count, per, rounding), product->negated());
                EXPECT_EQ(product->is_negative(), one.is_negative() && expected != "0");
            }
        }
    }
}

TEST(Amount, MultipliesWithDecimals) {
    Random random(kSeed);
    for (int i = 0; i < kProducts; ++i) {
        const auto one = random_amount(random);
        const auto factor = random_amount(random);
        const auto expected =
            expected_units(one, Digits(units_text(factor)), Digits("1000000000000"), Rounding::half_even);
        const auto product = one.times(factor);
        ASSERT_EQ(static_cast<bool>(product), Digits(expected).compare(Digits(kLargestUnits)) <= 0);
        if (product) {
            EXPECT_EQ(units_text(*product), expected) << one.text() << " * " << factor.text();
        }
    }
}

TEST(Amount, RoundsOnce) {
    const auto least = amount("0.000000000001");
    EXPECT_EQ(least.times(1, 2)->text(), "0");
    EXPECT_EQ(least.times(3, 2)->text(), "0.000000000002");
    EXPECT_EQ(least.times(5, 2)->text(), "0.000000000002");
    EXPECT_EQ(least.times(1, 2, Rounding::half_up)->text(), "0.000000000001");
    EXPECT_EQ(least.times(1, 1000, Rounding::up)->text(), "0.000000000001");
    EXPECT_EQ(least.times(-1, 1000, Rounding::up)->text(), "-0.000000000001");
    EXPECT_EQ(least.times(1999, 1000, Rounding::down)->text(), "0.000000000001");
    EXPECT_EQ(amount("0.15").times(1200, 1'000'000)->text(), "0.00018");
}

TEST(Amount, SaysWhatItCannotDo) {
    const std::string too_large = "the amount is too large; it may have 12 digits in front of the point";
    const auto largest = amount("999999999999.999999999999");
    EXPECT_EQ(largest.plus(amount("0.000000000001")).error().message, too_large);
    EXPECT_EQ(largest.negated().minus(amount("0.000000000001")).error().message, too_large);
    EXPECT_EQ(largest.times(INT64_MAX).error().message, too_large);
    EXPECT_EQ(largest.times(INT64_MIN).error().message, too_large);
    EXPECT_EQ(Amount::of_whole(INT64_MAX).error().message, too_large);
    EXPECT_EQ(largest.times(1, 0).error().message, "an amount is divided by 1 or more, not by 0");
    // 2^127 - 1
    const auto largest_units = ((static_cast<Amount::Units>(1) << 126U) - 1) * 2 + 1;
    EXPECT_EQ(Amount::of_units(largest_units).error().message, too_large);
    EXPECT_EQ(Amount::of_units(-largest_units - 1).error().message, too_large);
    EXPECT_EQ(Amount::of_whole(-5)->text(), "-5");
    EXPECT_EQ(*largest.times(INT64_MAX, INT64_MAX), largest);
}

TEST(Amount, IsOrdered) {
    EXPECT_LT(amount("-1"), amount("0"));
    EXPECT_GT(amount("0.000000000002"), amount("0.000000000001"));
    EXPECT_EQ(amount("1.0"), amount("1"));
}

}  // namespace
}  // namespace aihub
