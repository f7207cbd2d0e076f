#include "code_text.hpp"

#include <cctype>

namespace aihub::architecture {
namespace {

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Walks over the source once. Each skip_ function leaves `at_` behind what it names.
class Blanker {
public:
    Blanker(std::string_view source, Blank what) : source_(source), what_(what), out_(source) {}

    std::string run() {
        while (at_ < source_.size()) {
            if (source_.substr(at_).starts_with("//")) {
                erase(at_, end_of(source_.find('\n', at_)));
            } else if (source_.substr(at_).starts_with("/*")) {
                const auto close = source_.find("*/", at_ + 2);
                erase(at_, close == std::string_view::npos ? source_.size() : close + 2);
            } else if (source_[at_] == '"') {
                skip_string();
            } else if (source_[at_] == '\'' && !is_digit_separator()) {
                skip_quoted('\'');
            } else {
                ++at_;
            }
        }
        return std::move(out_);
    }

private:
    [[nodiscard]] std::size_t end_of(std::size_t found) const {
        return found == std::string_view::npos ? source_.size() : found;
    }
    [[nodiscard]] bool is_digit_separator() const {
        return at_ > 0 && std::isxdigit(static_cast<unsigned char>(source_[at_ - 1])) != 0 &&
               at_ + 1 < source_.size() && std::isxdigit(static_cast<unsigned char>(source_[at_ + 1])) != 0;
    }
    [[nodiscard]] bool is_include() const {
        const auto start = source_.rfind('\n', at_) + 1;
        return source_.substr(start, at_ - start).find("#include") != std::string_view::npos;
    }
    void erase(std::size_t from, std::size_t to) {
        for (auto i = from; i < to; ++i) {
            if (source_[i] != '\n') {
                out_[i] = ' ';
            }
        }
        at_ = to;
    }
    void skip_literal(std::size_t from, std::size_t to) {
        if (what_ == Blank::comments_and_literals && !is_include()) {
            erase(from, to);
        }
    }
    void skip_string() {
        if (at_ > 0 && source_[at_ - 1] == 'R') {
            const auto open = end_of(source_.find('(', at_));
            const auto mark = std::string(")").append(source_.substr(at_ + 1, open - at_ - 1)).append("\"");
            const auto close = end_of(source_.find(mark, open));
            skip_literal(open, close);
            at_ = std::min(source_.size(), close + mark.size());
            return;
        }
        skip_quoted('"');
    }
    void skip_quoted(char quote) {
        auto end = at_ + 1;
        while (end < source_.size() && source_[end] != quote && source_[end] != '\n') {
            end += source_[end] == '\\' ? 2 : 1;
        }
        end = std::min(end, source_.size());
        skip_literal(at_ + 1, end);
        at_ = std::min(source_.size(), end + 1);
    }

    std::string_view source_;
    Blank what_;
    std::string out_;
    std::size_t at_ = 0;
};

}  // namespace

std::string blank(std::string_view source, Blank what) {
    return Blanker(source, what).run();
}

std::size_t find_word(std::string_view line, std::string_view word, std::size_t from) {
    for (auto at = line.find(word, from); at != std::string_view::npos; at = line.find(word, at + 1)) {
        const bool starts = at == 0 || !is_word(word.front()) || !is_word(line[at - 1]);
        const auto behind = at + word.size();
        const bool ends = behind >= line.size() || !is_word(word.back()) || !is_word(line[behind]);
        if (starts && ends) {
            return at;
        }
    }
    return std::string_view::npos;
}

}  // namespace aihub::architecture
