#include "config/load.hpp"
#include "config/schema.hpp"

#include <algorithm>
#include <type_traits>

namespace aihub::config {
namespace {

bool same_listen(const std::vector<Listen>& left, const std::vector<Listen>& right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](const Listen& a, const Listen& b) {
        return a.address == b.address && a.port == b.port && a.tls.has_value() == b.tls.has_value();
    });
}

}  // namespace

std::vector<std::string> restart_needed(const Snapshot& old, const Snapshot& now) {
    std::vector<std::string> keys;
    if (!same_listen(old.listen, now.listen)) {
        keys.emplace_back("listen");
    }
    // Slots find members of values that may be written; these copies are only read.
    Snapshot left = old;
    Snapshot right = now;
    for (const Key& key : schema()) {
        const auto differs = [&](auto find) {
            if constexpr (std::is_same_v<decltype(find), std::monostate>) {
                return false;
            } else {
                return find(left) != find(right);
            }
        };
        if (key.reload == Reload::restart && std::visit(differs, key.slot)) {
            keys.emplace_back(key.path);
        }
    }
    return keys;
}

}  // namespace aihub::config
