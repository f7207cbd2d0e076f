// Secret: text that must not be shown.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace aihub {

// A key, password or pepper. It cannot be printed, compared by accident or turned into a string: the only way in is
// expose(), which stands out in review. The bytes are wiped when it goes.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string value) : value_(std::move(value)) {}
    Secret(const Secret&) = default;
    Secret& operator=(const Secret&) = default;
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    ~Secret();

    [[nodiscard]] bool empty() const { return value_.empty(); }
    // The value, for the one place that must send or hash it. Valid as long as this object.
    [[nodiscard]] std::string_view expose() const { return value_; }

    // Whether two secrets are equal, in time that does not depend on where they differ.
    friend bool operator==(const Secret& left, const Secret& right);

    friend std::ostream& operator<<(std::ostream&, const Secret&) = delete;

private:
    void wipe();

    std::string value_;
};

}  // namespace aihub
