#include "loader/json_members.hpp"

#include <boost/json/parse.hpp>

#include <cctype>

namespace aihub::loader {
namespace {

// Walks over text that is known to be valid JSON, so nothing can be missing.
class Walker {
public:
    explicit Walker(std::string_view text) : text_(text) {}

    void skip_space() {
        while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) {
            ++at_;
        }
    }
    [[nodiscard]] char here() const { return text_[at_]; }
    void step() { ++at_; }

    std::string_view string() {
        const std::size_t begin = at_++;
        while (text_[at_] != '"') {
            at_ += text_[at_] == '\\' ? 2 : 1;
        }
        ++at_;
        return text_.substr(begin, at_ - begin);
    }

    std::string_view value() {
        const std::size_t begin = at_;
        std::size_t depth = 0;
        while (at_ < text_.size()) {
            const char c = here();
            if (c == '"') {
                string();
                continue;
            }
            if (c == '{' || c == '[') {
                ++depth;
            }
            if (depth == 0 && (c == ',' || c == '}' || std::isspace(static_cast<unsigned char>(c)) != 0)) {
                break;
            }
            if (c == '}' || c == ']') {
                --depth;
            }
            ++at_;
        }
        return text_.substr(begin, at_ - begin);
    }

private:
    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

Result<std::vector<capability::JsonMember>> json_members(std::string_view text) {
    boost::system::error_code failed;
    const boost::json::value parsed = boost::json::parse({text.data(), text.size()}, failed);
    if (failed || !parsed.is_object()) {
        return Error{Errc::invalid_request, "the request's body is not a JSON object"};
    }
    std::vector<capability::JsonMember> members;
    Walker walker(text);
    walker.skip_space();
    walker.step();
    for (;;) {
        walker.skip_space();
        if (walker.here() == '}') {
            return members;
        }
        if (walker.here() == ',') {
            walker.step();
            continue;
        }
        std::string_view name = walker.string();
        name = name.substr(1, name.size() - 2);
        walker.skip_space();
        walker.step();
        walker.skip_space();
        members.push_back({name, walker.value()});
    }
}

}  // namespace aihub::loader
