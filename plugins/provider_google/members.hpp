// A JSON object in the making, whose members may still be replaced.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aihub::provider_google {

// Members stand in the order in which they first came.
class Members {
public:
    // `json` replaces an earlier value of that name.
    void set(std::string_view name, std::string_view json);
    [[nodiscard]] bool has(std::string_view name) const;
    [[nodiscard]] bool empty() const { return list_.empty(); }
    // Each as on_member(name, json).
    template <class OnMember>
    void each(OnMember&& on_member) const {
        for (const auto& [name, value] : list_) {
            on_member(std::string_view(name), std::string_view(value));
        }
    }
    // The object as JSON text.
    [[nodiscard]] std::string text() const;

private:
    std::vector<std::pair<std::string, std::string>> list_;
    std::map<std::string, std::size_t, std::less<>> places_;  // in the list
};

}  // namespace aihub::provider_google
