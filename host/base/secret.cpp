#include "base/secret.hpp"

#include <cstring>

namespace aihub {

Secret::Secret(Secret&& other) noexcept : value_(std::move(other.value_)) {
    other.wipe();  // A short string is copied by a move, so its bytes would stay behind.
}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this != &other) {
        wipe();
        value_ = std::move(other.value_);
        other.wipe();
    }
    return *this;
}

Secret::~Secret() {
    wipe();
}

bool operator==(const Secret& left, const Secret& right) {
    if (left.value_.size() != right.value_.size()) {
        return false;
    }
    unsigned difference = 0;
    for (std::size_t i = 0; i < left.value_.size(); ++i) {
        difference |= static_cast<unsigned>(left.value_[i] ^ right.value_[i]);
    }
    return difference == 0;
}

void Secret::wipe() {
    value_.resize(value_.capacity());  // A string that was moved from has no length, but may still hold its bytes.
    explicit_bzero(value_.data(), value_.size());
    value_.clear();
}

}  // namespace aihub
