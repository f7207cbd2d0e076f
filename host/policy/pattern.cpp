#include "policy/pattern.hpp"

#include <algorithm>
#include <cctype>

namespace aihub::policy {

namespace {

constexpr std::size_t kDepthMax = 200;
// Looking a letter up in a long set is more than one step.
constexpr std::size_t kSetBytesPerStep = 8;

unsigned char byte(char c) {
    return static_cast<unsigned char>(c);
}

// The C locale is the only one that this program has.
bool in_class(unsigned char c, unsigned char name) {
    bool result = false;
    switch (std::tolower(name)) {
        case 'a':
            result = std::isalpha(c) != 0;
            break;
        case 'c':
            result = std::iscntrl(c) != 0;
            break;
        case 'd':
            result = std::isdigit(c) != 0;
            break;
        case 'g':
            result = std::isgraph(c) != 0;
            break;
        case 'l':
            result = std::islower(c) != 0;
            break;
        case 'p':
            result = std::ispunct(c) != 0;
            break;
        case 's':
            result = std::isspace(c) != 0;
            break;
        case 'u':
            result = std::isupper(c) != 0;
            break;
        case 'w':
            result = std::isalnum(c) != 0;
            break;
        case 'x':
            result = std::isxdigit(c) != 0;
            break;
        case 'z':
            result = c == 0;
            break;
        default:
            return name == c;
    }
    return std::isupper(name) != 0 ? !result : result;
}

}  // namespace

PatternMatcher::PatternMatcher(std::string_view text, std::string_view pattern, std::uint64_t& steps)
    : text_(text), pattern_(pattern), steps_(steps) {}

bool PatternMatcher::spend(std::size_t steps) {
    if (steps_ < steps) {
        steps_ = 0;
        why_ = End::out_of_steps;
        return false;
    }
    steps_ -= steps;
    return true;
}

PatternMatcher::At PatternMatcher::fail(End why, const char* message) {
    why_ = why;
    error_ = message;
    return std::nullopt;
}

PatternMatcher::End PatternMatcher::find(std::size_t from) {
    const bool anchored = pattern_.starts_with('^');
    why_ = End::not_found;
    if (pattern_.size() > kPatternBytesMax) {
        fail(End::bad_pattern, "the pattern is longer than 1024 bytes");
        return why_;
    }
    for (std::size_t at = from; at <= text_.size(); ++at) {
        level_ = 0;
        depth_ = 0;
        if (const auto end = match(at, anchored ? 1 : 0)) {
            if (std::any_of(open_.begin(), open_.begin() + static_cast<std::ptrdiff_t>(level_), [](bool open) {
                    return open;
                })) {
                fail(End::bad_pattern, "unfinished capture");
                return why_;
            }
            begin_ = at;
            end_ = *end;
            return End::found;
        }
        if (stopped() || anchored) {
            break;
        }
    }
    return why_;
}

// One element of the pattern after the other; what ends with a call of itself in the last place goes round the loop.
PatternMatcher::At PatternMatcher::match(std::size_t at, std::size_t p) {
    if (++depth_ > kDepthMax) {
        return fail(End::too_deep, "pattern too complex");
    }
    const auto left = match_single(at, p);
    --depth_;
    return left;
}

PatternMatcher::At PatternMatcher::match_single(std::size_t at, std::size_t p) {
    while (p < pattern_.size()) {
        if (!spend()) {
            return std::nullopt;
        }
        const char c = pattern_[p];
        const char next = p + 1 < pattern_.size() ? pattern_[p + 1] : '\0';
        if (c == '(') {
            return next == ')' ? begin_capture(at, p + 2, true) : begin_capture(at, p + 1, false);
        }
        if (c == ')') {
            return end_capture(at, p + 1);
        }
        if (c == '$' && p + 1 == pattern_.size()) {
            return at == text_.size() ? At(at) : std::nullopt;
        }
        if (c == '%' && next == 'b') {
            const auto end = match_balance(at, p + 2);
            if (!end) {
                return std::nullopt;
            }
            at = *end;
            p += 4;
            continue;
        }
        if (c == '%' && next == 'f') {
            return match_frontier(at, p + 2);
        }
        if (c == '%' && std::isdigit(byte(next)) != 0) {
            const auto end = match_back(at, p + 1);
            if (!end) {
                return std::nullopt;
            }
            at = *end;
            p += 2;
            continue;
        }
        const auto p_end = class_end(p);
        if (!p_end) {
            return std::nullopt;
        }
        if (!spend((*p_end - p) / kSetBytesPerStep)) {
            return std::nullopt;
        }
        const char suffix = *p_end < pattern_.size() ? pattern_[*p_end] : '\0';
        if (suffix == '?') {
            if (fits(at, p, *p_end)) {
                const auto found = match(at + 1, *p_end + 1);
                if (found || stopped()) {
                    return found;
                }
            }
            p = *p_end + 1;
            continue;
        }
        if (suffix == '+' && !fits(at, p, *p_end)) {
            return std::nullopt;
        }
        if (suffix == '*' || suffix == '+' || suffix == '-') {
            return expand(suffix == '+' ? at + 1 : at, p, *p_end, suffix == '-');
        }
        if (!fits(at, p, *p_end)) {
            return std::nullopt;
        }
        ++at;
        p = *p_end;
    }
    return at;
}

PatternMatcher::At PatternMatcher::expand(std::size_t at, std::size_t p, std::size_t p_end, bool lazy) {
    std::size_t most = 0;
    const std::size_t cost = 1 + (p_end - p) / kSetBytesPerStep;
    while (!lazy && fits(at + most, p, p_end)) {
        if (!spend(cost)) {
            return std::nullopt;
        }
        ++most;
    }
    for (std::size_t taken = most;;) {
        const auto found = match(at + taken, p_end + 1);
        if (found || stopped() || !spend(cost)) {
            return found;
        }
        if (lazy) {
            if (!fits(at + taken, p, p_end)) {
                return std::nullopt;
            }
            ++taken;
        } else if (taken-- == 0) {
            return std::nullopt;
        }
    }
}

PatternMatcher::At PatternMatcher::begin_capture(std::size_t at, std::size_t p, bool position) {
    if (level_ == kCapturesMax) {
        return fail(End::bad_pattern, "too many captures");
    }
    captures_[level_] = {at, 0, position};
    open_[level_] = !position;
    ++level_;
    const auto found = match(at, p);
    if (!found) {
        --level_;
    }
    return found;
}

PatternMatcher::At PatternMatcher::end_capture(std::size_t at, std::size_t p) {
    std::size_t last = level_;
    while (last > 0 && !open_[last - 1]) {
        --last;
    }
    if (last == 0) {
        return fail(End::bad_pattern, "invalid pattern capture");
    }
    open_[last - 1] = false;
    captures_[last - 1].size = at - captures_[last - 1].begin;
    const auto found = match(at, p);
    if (!found) {
        open_[last - 1] = true;
    }
    return found;
}

PatternMatcher::At PatternMatcher::match_balance(std::size_t at, std::size_t p) {
    if (p + 1 >= pattern_.size()) {
        return fail(End::bad_pattern, "malformed pattern (missing arguments to %b)");
    }
    if (at >= text_.size() || text_[at] != pattern_[p]) {
        return std::nullopt;
    }
    std::size_t depth = 1;
    for (std::size_t i = at + 1; i < text_.size(); ++i) {
        if (!spend()) {
            return std::nullopt;
        }
        if (text_[i] == pattern_[p + 1]) {
            if (--depth == 0) {
                return i + 1;
            }
        } else if (text_[i] == pattern_[p]) {
            ++depth;
        }
    }
    return std::nullopt;
}

PatternMatcher::At PatternMatcher::match_frontier(std::size_t at, std::size_t p) {
    if (p >= pattern_.size() || pattern_[p] != '[') {
        return fail(End::bad_pattern, "malformed pattern (missing [ after %f)");
    }
    const auto p_end = class_end(p);
    if (!p_end) {
        return std::nullopt;
    }
    const auto before = at == 0 ? byte('\0') : byte(text_[at - 1]);
    const auto here = at < text_.size() ? byte(text_[at]) : byte('\0');
    if (in_set(before, p, *p_end - 1) || !in_set(here, p, *p_end - 1)) {
        return std::nullopt;
    }
    return match(at, *p_end);
}

PatternMatcher::At PatternMatcher::match_back(std::size_t at, std::size_t p) {
    const auto index = static_cast<std::size_t>(pattern_[p] - '1');
    if (index >= level_ || open_[index]) {
        return fail(End::bad_pattern, "invalid capture index");
    }
    const auto& capture = captures_[index];
    // The comparison is one call, but not one step.
    steps_ -= std::min<std::uint64_t>(steps_, capture.size / 8);
    if (text_.size() - at < capture.size ||
        text_.substr(at, capture.size) != text_.substr(capture.begin, capture.size)) {
        return std::nullopt;
    }
    return at + capture.size;
}

bool PatternMatcher::fits(std::size_t at, std::size_t p, std::size_t p_end) const {
    if (at >= text_.size()) {
        return false;
    }
    const auto c = byte(text_[at]);
    switch (pattern_[p]) {
        case '.':
            return true;
        case '%':
            return in_class(c, byte(pattern_[p + 1]));
        case '[':
            return in_set(c, p, p_end - 1);
        default:
            return byte(pattern_[p]) == c;
    }
}

// `p` is at the "[", `last` at the "]" that ends the set.
bool PatternMatcher::in_set(unsigned char c, std::size_t p, std::size_t last) const {
    bool inside = true;
    ++p;
    if (pattern_[p] == '^') {
        inside = false;
        ++p;
    }
    while (p < last) {
        if (pattern_[p] == '%' && p + 1 < last) {
            if (in_class(c, byte(pattern_[p + 1]))) {
                return inside;
            }
            p += 2;
        } else if (p + 2 < last && pattern_[p + 1] == '-') {
            if (byte(pattern_[p]) <= c && c <= byte(pattern_[p + 2])) {
                return inside;
            }
            p += 3;
        } else if (byte(pattern_[p++]) == c) {
            return inside;
        }
    }
    return !inside;
}

PatternMatcher::At PatternMatcher::class_end(std::size_t p) {
    const char c = pattern_[p++];
    if (c == '%') {
        return p < pattern_.size() ? At(p + 1) : fail(End::bad_pattern, "malformed pattern (ends with %)");
    }
    if (c != '[') {
        return p;
    }
    if (p < pattern_.size() && pattern_[p] == '^') {
        ++p;
    }
    // A "]" in the first place is a member of the set.
    for (bool first = true; p < pattern_.size(); first = false) {
        if (pattern_[p] == ']' && !first) {
            return p + 1;
        }
        p += pattern_[p] == '%' ? 2 : 1;
    }
    return fail(End::bad_pattern, "malformed pattern (missing ])");
}

}  // namespace aihub::policy
