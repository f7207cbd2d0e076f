// Where in a request something stands, for the errors about it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace aihub::dialect {

// A chain of views that lies on the stack, so that a request without mistakes makes no text. What it was made from must
// live as long: pass it down, do not keep it.
class Place {
public:
    Place() = default;
    [[nodiscard]] Place member(std::string_view name) const { return {this, name, 0}; }
    [[nodiscard]] Place element(std::size_t at) const { return {this, {}, at}; }

    // "messages[2].content[0].text"; the request itself: "".
    [[nodiscard]] std::string text() const;

private:
    Place(const Place* parent, std::string_view name, std::size_t at) : parent_(parent), name_(name), at_(at) {}

    const Place* parent_ = nullptr;
    std::string_view name_;
    std::size_t at_ = 0;
};

}  // namespace aihub::dialect
