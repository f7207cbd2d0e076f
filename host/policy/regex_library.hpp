// `aihub.re`: regular expressions whose time grows with the text alone. Inside host/policy only.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct lua_State;

namespace re2 {
class RE2;
}

namespace aihub::policy {

// The expressions that a state has used last, compiled. They are not in the memory that the state's meter counts, so
// their number and size are bounded here.
class RegexCache {
public:
    static constexpr std::size_t kPatternsMax = 16;
    static constexpr std::size_t kPatternBytesMax = 512;
    static constexpr std::size_t kMemoryMax = 256U << 10U;  // of one

    RegexCache();
    ~RegexCache();
    RegexCache(const RegexCache&) = delete;
    RegexCache& operator=(const RegexCache&) = delete;

    // Null: it has to be added.
    [[nodiscard]] const re2::RE2* find(std::string_view pattern) const;
    // Compiles; the oldest goes when there are too many. What is no expression is kept, too: ok() tells.
    const re2::RE2& add(std::string_view pattern);

private:
    std::vector<std::unique_ptr<re2::RE2>> compiled_;  // the oldest first
};

// aihub.re.match(pattern, text): what the first match captured, or all of it when nothing is captured; nil: no match.
int match_regex(lua_State* lua);

}  // namespace aihub::policy
