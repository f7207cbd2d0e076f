#include "members.hpp"

#include <aihub/json_write.hpp>

namespace aihub::provider_google {

void Members::set(std::string_view name, std::string_view json) {
    const auto [place, is_new] = places_.try_emplace(std::string(name), list_.size());
    if (is_new) {
        list_.emplace_back(name, json);
    } else {
        list_[place->second].second = json;
    }
}

bool Members::has(std::string_view name) const {
    return places_.contains(name);
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
