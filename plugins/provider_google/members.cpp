#include "members.hpp"

#include <aihub/json_write.hpp>

namespace aihub::provider_google {

void Members::set(std::string_view name, std::string_view json) {
    for (auto& [known, value] : list_) {
        if (known == name) {
            value = json;
            return;
        }
    }
    list_.emplace_back(name, json);
}

bool Members::has(std::string_view name) const {
    for (const auto& [known, value] : list_) {
        if (known == name) {
            return true;
        }
    }
    return false;
}

std::string Members::text() const {
    sdk::JsonWriter json;
    json.begin_object();
    for (const auto& [name, value] : list_) {
        json.key(name).raw(value);
    }
    json.end_object();
    return std::move(json).text();
}

}  // namespace aihub::provider_google
