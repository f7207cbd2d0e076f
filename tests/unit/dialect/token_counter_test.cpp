#include "dialect/token_counter.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

namespace aihub::dialect {
namespace {

using Counts = std::map<Trait, std::uint64_t>;

Traits traits_of(std::string_view text) {
    TokenCounter counter;
    counter.add(text);
    return counter.traits();
}

// Those that are not 0.
Counts counts_of(std::string_view text) {
    Counts counts;
    const Traits traits = traits_of(text);
    for (std::size_t at = 0; at < kTraits; ++at) {
        if (traits[at] > 0) {
            counts.emplace(static_cast<Trait>(at), traits[at]);
        }
    }
    return counts;
}

TEST(TokenCounter, SeesWordsAndWhereTheyTurn) {
    EXPECT_EQ(counts_of("to be"), (Counts{{Trait::word, 2}}));
    EXPECT_EQ(counts_of("breakfasts"), (Counts{{Trait::word, 1}, {Trait::long_letter, 6}, {Trait::longer_letter, 2}}));
    EXPECT_EQ(counts_of("getUrl"), (Counts{{Trait::word, 2}, {Trait::turn, 1}}));
    EXPECT_EQ(counts_of("HTTP"), (Counts{{Trait::word, 1}, {Trait::capital, 3}}));
    EXPECT_EQ(counts_of("Caf\u00e9"), (Counts{{Trait::word, 1}, {Trait::accent, 1}}));
    EXPECT_EQ(counts_of("\u1eb5n"), (Counts{{Trait::word, 1}, {Trait::viet_accent, 1}}));
}

TEST(TokenCounter, SeesNumbersInGroupsOfThree) {
    EXPECT_EQ(counts_of("1234"), (Counts{{Trait::number, 1}, {Trait::digit_group, 2}, {Trait::digit, 4}}));
    EXPECT_EQ(
        counts_of("a 7"),
        (Counts{
            {Trait::word, 1}, {Trait::number, 1}, {Trait::digit_group, 1}, {Trait::digit, 1}, {Trait::digit_space, 1}})
    );
    EXPECT_EQ(
        counts_of("x1y"),
        (Counts{{Trait::word, 2}, {Trait::number, 1}, {Trait::digit_group, 1}, {Trait::digit, 1}, {Trait::joined, 2}})
    );
}

TEST(TokenCounter, SeesMarksAndSpaces) {
    EXPECT_EQ(counts_of("});"), (Counts{{Trait::mark, 1}, {Trait::more_marks, 2}}));
    EXPECT_EQ(counts_of("----"), (Counts{{Trait::mark, 1}, {Trait::repeat, 3}}));
    EXPECT_EQ(
        counts_of("a\n\nb;\n"), (Counts{{Trait::word, 2}, {Trait::line, 1}, {Trait::mark, 1}, {Trait::mark_line, 1}})
    );
    EXPECT_EQ(counts_of("a    b\tc d"), (Counts{{Trait::word, 4}, {Trait::indent, 2}}));
}

TEST(TokenCounter, TellsScriptsApart) {
    EXPECT_EQ(counts_of("да нет"), (Counts{{Trait::foreign_word, 2}, {Trait::cyrillic, 5}}));
    EXPECT_EQ(counts_of("ναι"), (Counts{{Trait::foreign_word, 1}, {Trait::greek, 3}}));
    EXPECT_EQ(counts_of("שלום"), (Counts{{Trait::foreign_word, 1}, {Trait::hebrew, 4}}));
    EXPECT_EQ(counts_of("نعم"), (Counts{{Trait::foreign_word, 1}, {Trait::arabic, 3}}));
    EXPECT_EQ(counts_of("जल"), (Counts{{Trait::foreign_word, 1}, {Trait::devanagari, 2}}));
    EXPECT_EQ(counts_of("மழ"), (Counts{{Trait::foreign_word, 1}, {Trait::indic, 2}}));
    EXPECT_EQ(counts_of("ดี"), (Counts{{Trait::foreign_word, 1}, {Trait::thai, 2}}));
    EXPECT_EQ(counts_of("한글"), (Counts{{Trait::foreign_word, 1}, {Trait::hangul, 2}}));
    EXPECT_EQ(counts_of("你好。"), (Counts{{Trait::han, 2}, {Trait::wide_mark, 1}}));
    EXPECT_EQ(counts_of("ねコ"), (Counts{{Trait::kana, 2}}));
    EXPECT_EQ(counts_of("—→"), (Counts{{Trait::typographic, 1}, {Trait::symbol, 1}}));
    EXPECT_EQ(counts_of("═══"), (Counts{{Trait::symbol, 1}, {Trait::repeat, 2}}));
    EXPECT_EQ(counts_of("😀👍🏽"), (Counts{{Trait::picture, 2}, {Trait::picture_joiner, 1}}));
    EXPECT_EQ(counts_of("\xFF\xC3"), (Counts{{Trait::unknown, 2}}));
}

TEST(TokenCounter, PiecesMakeTheSame) {
    for (const auto& entry : std::filesystem::directory_iterator(AIHUB_TESTS_DIR "/golden/tokens/texts")) {
        std::ostringstream whole;
        whole << std::ifstream(entry.path(), std::ios::binary).rdbuf();
        const std::string text = whole.str();
        TokenCounter pieces;
        for (std::size_t at = 0; at < text.size();) {
            std::size_t end = at + 1;
            while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
                ++end;
            }
            pieces.add(std::string_view(text).substr(at, end - at));
            at = end;
        }
        EXPECT_EQ(pieces.traits(), traits_of(text)) << entry.path();
    }
}

TEST(TokenCounter, TheNextTextContinuesNoWord) {
    TokenCounter counter;
    counter.add("one");
    counter.end_text();
    counter.add("two");
    EXPECT_EQ(counter.traits()[static_cast<std::size_t>(Trait::word)], 2U);
}

}  // namespace
}  // namespace aihub::dialect
