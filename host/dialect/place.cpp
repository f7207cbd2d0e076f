#include "dialect/place.hpp"

namespace aihub::dialect {

std::string Place::text() const {
    if (parent_ == nullptr) {
        return {};
    }
    std::string path = parent_->text();
    if (name_.empty()) {
        return path + "[" + std::to_string(at_) + "]";
    }
    if (!path.empty()) {
        path += '.';
    }
    return path.append(name_);
}

}  // namespace aihub::dialect
