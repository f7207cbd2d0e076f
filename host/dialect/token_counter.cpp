#include "dialect/token_counter.hpp"

#include "dialect/token_weights.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace aihub::dialect {
namespace {

constexpr std::size_t kLong = 4;
constexpr std::size_t kLonger = 8;

constexpr std::size_t behind(std::size_t length, std::size_t limit) {
    return length > limit ? length - limit : 0;
}

// One character and the bytes it took; a byte that is no UTF-8 is one character of itself.
struct Decoded {
    char32_t code = 0;
    std::size_t bytes = 1;
};

Decoded decode(const char* at, const char* end) {
    const auto byte = [at](std::size_t index) { return static_cast<unsigned char>(at[index]); };
    const unsigned char first = byte(0);
    const std::size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    const bool whole = first >= 0xC2 && first < 0xF5 && static_cast<std::size_t>(end - at) >= bytes;
    if (!whole) {
        return {};
    }
    char32_t code = first & (0xFFU >> (bytes + 1));
    for (std::size_t index = 1; index < bytes; ++index) {
        if ((byte(index) & 0xC0U) != 0x80U) {
            return {};
        }
        code = (code << 6U) | (byte(index) & 0x3FU);
    }
    return {code, bytes};
}

struct Range {
    char32_t last;  // the range begins behind the one before
    Trait trait;
};

constexpr Range kRanges[] = {
    {0x7F, Trait::unknown},
    {0xBF, Trait::typographic},
    {0x24F, Trait::accent},
    {0x2FF, Trait::unknown},
    {0x36F, Trait::accent},
    {0x3FF, Trait::greek},
    {0x52F, Trait::cyrillic},
    {0x58F, Trait::greek},
    {0x5FF, Trait::hebrew},
    {0x8FF, Trait::arabic},
    {0x97F, Trait::devanagari},
    {0xDFF, Trait::indic},
    {0x10FF, Trait::thai},
    {0x11FF, Trait::hangul},
    {0x1DFF, Trait::thai},
    {0x1EFF, Trait::viet_accent},
    {0x1FFF, Trait::greek},
    {0x200C, Trait::typographic},
    {0x200D, Trait::picture_joiner},
    {0x206F, Trait::typographic},
    {0x25FF, Trait::symbol},
    {0x27BF, Trait::picture},
    {0x2E7F, Trait::symbol},
    {0x2FFF, Trait::han},
    {0x303F, Trait::wide_mark},
    {0x30FF, Trait::kana},
    {0x312F, Trait::han},
    {0x318F, Trait::hangul},
    {0x31EF, Trait::han},
    {0x31FF, Trait::kana},
    {0x33FF, Trait::wide_mark},
    {0x9FFF, Trait::han},
    {0xABFF, Trait::thai},
    {0xD7FF, Trait::hangul},
    {0xF8FF, Trait::unknown},
    {0xFAFF, Trait::han},
    {0xFDFF, Trait::arabic},
    {0xFE0F, Trait::picture_joiner},
    {0xFE6F, Trait::wide_mark},
    {0xFEFF, Trait::arabic},
    {0xFF65, Trait::wide_mark},
    {0xFF9F, Trait::kana},
    {0xFFFF, Trait::wide_mark},
    {0x1EFFF, Trait::unknown},
    {0x1F3FA, Trait::picture},
    {0x1F3FF, Trait::picture_joiner},
    {0x1FAFF, Trait::picture},
    {0x1FFFF, Trait::unknown},
    {0x323AF, Trait::han},
    {0x10FFFF, Trait::unknown},
};

constexpr bool is_alphabet(Trait trait) {
    return (trait >= Trait::cyrillic && trait <= Trait::thai) || trait == Trait::hangul;
}

}  // namespace

TokenCounter::Kind TokenCounter::kind_of(unsigned char byte) {
    static constexpr auto kKinds = [] {
        std::array<Kind, 128> kinds{};
        for (std::size_t at = 0; at < kinds.size(); ++at) {
            const bool lower = at >= 'a' && at <= 'z';
            const bool upper = at >= 'A' && at <= 'Z';
            const bool digit = at >= '0' && at <= '9';
            kinds[at] = lower ? Kind::lower : upper ? Kind::upper : digit ? Kind::digit : Kind::mark;
        }
        kinds[' '] = Kind::space;
        kinds['\t'] = Kind::space;
        kinds['\n'] = Kind::line;
        kinds['\r'] = Kind::line;
        return kinds;
    }();
    return byte < 0x80 ? kKinds[byte] : Kind::single;
}

Trait TokenCounter::trait_of(char32_t code) {
    const auto* found =
        std::lower_bound(std::begin(kRanges), std::end(kRanges), code, [](const Range& range, char32_t wanted) {
            return range.last < wanted;
        });
    return found->trait;
}

void TokenCounter::add(std::string_view piece) {
    const char* at = piece.data();
    const char* const end = at + piece.size();
    while (at != end) {
        switch (kind_of(static_cast<unsigned char>(*at))) {
            case Kind::lower:
            case Kind::upper:
                at = letters(at, end);
                break;
            case Kind::digit:
                at = digits(at, end);
                break;
            case Kind::mark:
                at = marks(at, end);
                break;
            case Kind::space:
                at = spaces(at, end);
                break;
            case Kind::line:
                at = lines(at, end);
                break;
            default:
                at = wide(at, end);
        }
    }
}

void TokenCounter::begin_word() {
    see(Trait::word);
    if (last_ == Kind::digit) {
        see(Trait::joined);
    }
    run_ = 0;
}

void TokenCounter::latin_letters(std::size_t count) {
    const std::size_t before = run_;
    run_ += count;
    see(Trait::long_letter, behind(run_, kLong) - behind(before, kLong));
    see(Trait::longer_letter, behind(run_, kLonger) - behind(before, kLonger));
}

const char* TokenCounter::letters(const char* at, const char* end) {
    if (last_ != Kind::lower && last_ != Kind::upper) {
        begin_word();
        last_ = Kind::none;
    }
    const char* counted = at;
    for (; at != end; ++at) {
        const Kind kind = kind_of(static_cast<unsigned char>(*at));
        if (kind == Kind::upper) {
            if (last_ == Kind::lower) {
                latin_letters(static_cast<std::size_t>(at - counted));
                counted = at;
                begin_word();
                see(Trait::turn);
            } else if (last_ == Kind::upper) {
                see(Trait::capital);
            }
        } else if (kind != Kind::lower) {
            break;
        }
        last_ = kind;
    }
    latin_letters(static_cast<std::size_t>(at - counted));
    return at;
}

const char* TokenCounter::digits(const char* at, const char* end) {
    constexpr std::size_t kGroup = 3;
    if (last_ != Kind::digit) {
        see(Trait::number);
        see(Trait::digit_space, last_ == Kind::space ? 1 : 0);
        see(Trait::joined, last_ == Kind::lower || last_ == Kind::upper ? 1 : 0);
        run_ = 0;
    }
    const std::size_t before = run_;
    for (; at != end && kind_of(static_cast<unsigned char>(*at)) == Kind::digit; ++at) {
        ++run_;
    }
    see(Trait::digit, run_ - before);
    see(Trait::digit_group, (run_ + kGroup - 1) / kGroup - (before + kGroup - 1) / kGroup);
    last_ = Kind::digit;
    return at;
}

const char* TokenCounter::marks(const char* at, const char* end) {
    if (last_ != Kind::mark) {
        see(Trait::mark);
        last_mark_ = *at++;
        last_ = Kind::mark;
    }
    for (; at != end && kind_of(static_cast<unsigned char>(*at)) == Kind::mark; ++at) {
        see(*at == last_mark_ ? Trait::repeat : Trait::more_marks);
        last_mark_ = *at;
    }
    return at;
}

const char* TokenCounter::spaces(const char* at, const char* end) {
    std::size_t run = last_ == Kind::space ? run_ : 0;
    const bool wide_before = run > 1;
    bool tab = false;
    for (; at != end && kind_of(static_cast<unsigned char>(*at)) == Kind::space; ++at) {
        ++run;
        tab = tab || *at == '\t';
    }
    if (!wide_before && (run > 1 || tab)) {
        see(Trait::indent);
        run = std::max<std::size_t>(run, 2);
    }
    run_ = run;
    last_ = Kind::space;
    return at;
}

const char* TokenCounter::lines(const char* at, const char* end) {
    if (last_ != Kind::line) {
        const bool behind_word = last_ == Kind::lower || last_ == Kind::upper || last_ == Kind::digit;
        see(behind_word ? Trait::line : Trait::mark_line);
    }
    while (at != end && kind_of(static_cast<unsigned char>(*at)) == Kind::line) {
        ++at;
    }
    last_ = Kind::line;
    return at;
}

const char* TokenCounter::wide(const char* at, const char* end) {
    const Decoded one = decode(at, end);
    const Trait trait = one.code == 0 ? Trait::unknown : trait_of(one.code);
    at += one.bytes;
    if (trait == Trait::accent || trait == Trait::viet_accent) {
        if (last_ != Kind::lower && last_ != Kind::upper) {
            begin_word();
        }
        latin_letters(1);
        see(trait);
        last_ = Kind::lower;
        return at;
    }
    if (is_alphabet(trait)) {
        see(Trait::foreign_word, last_ == Kind::foreign ? 0 : 1);
        see(trait);
        last_ = Kind::foreign;
        return at;
    }
    see(last_ == Kind::single && one.code == last_single_ && trait == Trait::symbol ? Trait::repeat : trait);
    last_single_ = one.code;
    last_ = Kind::single;
    return at;
}

std::uint64_t TokenCounter::tokens(model::TokenizerFamily family) const {
    const auto& weights = kTokenWeights[static_cast<std::size_t>(family)];
    double sum = 0;
    for (std::size_t at = 0; at < kTraits; ++at) {
        sum += static_cast<double>(traits_[at]) * weights[at];
    }
    return static_cast<std::uint64_t>(std::ceil(sum));
}

}  // namespace aihub::dialect
