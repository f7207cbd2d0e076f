// What an estimate of tokens looks at: how often a text has each of a few traits. One pass, no allocation.
#pragma once

#include "model/tokenizer_family.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace aihub::dialect {

// Each costs a number of tokens, which depends on the family of the tokenizer: token_weights.hpp.
enum class Trait : std::uint8_t {
    word,            // runs of Latin letters; "aB" is two of them
    long_letter,     // their letters behind the fourth
    longer_letter,   // and those behind the eighth
    turn,            // words that begin where a small letter is followed by a capital
    joined,          // words that begin directly behind a digit, and numbers directly behind a letter
    capital,         // capitals behind a capital
    accent,          // Latin letters with a mark: é, ß, ł
    viet_accent,     // those of U+1E00 to U+1EFF
    number,          // runs of digits
    digit_group,     // of up to three digits
    digit,           //
    digit_space,     // numbers behind a space
    mark,            // runs of ASCII punctuation
    more_marks,      // their characters behind the first, when they differ from the one before
    repeat,          // characters of any kind that repeat one that is no letter and no digit
    line,            // runs of line breaks behind a letter or a digit
    mark_line,       // and behind anything else
    indent,          // runs of two and more spaces, or tabs
    foreign_word,    // runs of letters of the alphabets below
    cyrillic,        // letters
    greek,           //
    hebrew,          //
    arabic,          //
    devanagari,      //
    indic,           // of the other scripts of India
    thai,            // and of its neighbours
    han,             // characters
    kana,            //
    hangul,          // syllables
    wide_mark,       // punctuation of East Asia
    typographic,     // other punctuation: dashes, quotes, guillemets
    symbol,          // arrows, lines, mathematics
    picture,         // emoji
    picture_joiner,  // what makes one of several
    unknown,         // other characters, and bytes that are no UTF-8
    count
};
inline constexpr std::size_t kTraits = static_cast<std::size_t>(Trait::count);

using Traits = std::array<std::uint64_t, kTraits>;

// Counts the traits of a text that comes in pieces. A piece ends between two characters.
class TokenCounter {
public:
    void add(std::string_view piece);
    // What follows belongs to another text: it continues no word.
    void end_text() {
        last_ = Kind::none;
        run_ = 0;
    }

    [[nodiscard]] const Traits& traits() const { return traits_; }
    [[nodiscard]] std::uint64_t tokens(model::TokenizerFamily family) const;

private:
    enum class Kind : std::uint8_t { none, lower, upper, digit, mark, space, line, foreign, single };

    static Kind kind_of(unsigned char byte);
    static Trait trait_of(char32_t code);
    const char* letters(const char* at, const char* end);
    const char* digits(const char* at, const char* end);
    const char* marks(const char* at, const char* end);
    const char* spaces(const char* at, const char* end);
    const char* lines(const char* at, const char* end);
    const char* wide(const char* at, const char* end);
    void latin_letters(std::size_t count);
    void begin_word();
    void see(Trait trait, std::uint64_t times = 1) { traits_[static_cast<std::size_t>(trait)] += times; }

    Traits traits_{};
    Kind last_ = Kind::none;
    std::size_t run_ = 0;       // how long the run is that last_ ends
    char last_mark_ = '\0';     // the last character of a run of marks
    char32_t last_single_ = 0;  // the last character of Kind::single
};

}  // namespace aihub::dialect
