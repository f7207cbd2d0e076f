// Just enough of C++ to tell code from comments and literals.
#pragma once

#include <string>
#include <string_view>

namespace aihub::architecture {

enum class Blank { comments, comments_and_literals };

// `source` with comments, and the insides of string and character literals when asked, replaced by spaces. Lines and
// columns stay where they are. Raw strings and digit separators are understood.
[[nodiscard]] std::string blank(std::string_view source, Blank what);

// Where `word` stands in `line` as a whole word, at or after `from`; npos when nowhere. A word may hold "::" or spaces.
[[nodiscard]] std::size_t find_word(std::string_view line, std::string_view word, std::size_t from = 0);

}  // namespace aihub::architecture
