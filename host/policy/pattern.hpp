// Lua's string patterns, with a bound on the work: the library's own matcher cannot be interrupted, and a pattern such
// as "a-a-a-b" takes minutes on a few thousand letters.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace aihub::policy {

// One match of `pattern` in `text`. The texts have to outlive it.
class PatternMatcher {
public:
    static constexpr std::size_t kCapturesMax = 32;
    static constexpr std::size_t kPatternBytesMax = 1024;

    enum class End {
        found,
        not_found,
        out_of_steps,  // the budget was used up
        bad_pattern,   // error() says why
        too_deep,      // nested deeper than 200 levels
    };

    struct Capture {
        std::size_t begin = 0;
        std::size_t size = 0;
        bool is_position = false;  // "()": the value is begin + 1
    };

    // `steps` is what may be spent; what was spent is subtracted from it.
    PatternMatcher(std::string_view text, std::string_view pattern, std::uint64_t& steps);

    // The first match at or behind `from`; a pattern that begins with ^ matches at `from` only.
    [[nodiscard]] End find(std::size_t from);

    // After End::found: where it is, and its captures.
    [[nodiscard]] std::size_t begin() const { return begin_; }
    [[nodiscard]] std::size_t end() const { return end_; }
    [[nodiscard]] std::size_t capture_count() const { return level_; }
    [[nodiscard]] const Capture& capture(std::size_t index) const { return captures_[index]; }
    [[nodiscard]] const char* error() const { return error_; }

private:
    using At = std::optional<std::size_t>;

    [[nodiscard]] bool spend(std::size_t steps = 1);
    At fail(End why, const char* message);
    At match(std::size_t at, std::size_t p);
    At match_single(std::size_t at, std::size_t p);
    At expand(std::size_t at, std::size_t p, std::size_t p_end, bool lazy);
    At begin_capture(std::size_t at, std::size_t p, bool position);
    At end_capture(std::size_t at, std::size_t p);
    At match_balance(std::size_t at, std::size_t p);
    At match_frontier(std::size_t at, std::size_t p);
    At match_back(std::size_t at, std::size_t p);
    [[nodiscard]] bool fits(std::size_t at, std::size_t p, std::size_t p_end) const;
    [[nodiscard]] bool in_set(unsigned char c, std::size_t p, std::size_t last) const;
    At class_end(std::size_t p);
    [[nodiscard]] bool stopped() const { return why_ != End::not_found; }

    std::string_view text_;
    std::string_view pattern_;
    std::uint64_t& steps_;
    std::array<Capture, kCapturesMax> captures_{};
    std::array<bool, kCapturesMax> open_{};
    std::size_t level_ = 0;
    std::size_t depth_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    End why_ = End::not_found;
    const char* error_ = "";
};

}  // namespace aihub::policy
