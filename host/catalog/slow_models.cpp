#include "catalog/slow_models.hpp"

#include <algorithm>

namespace aihub::catalog {

bool SlowModels::late(std::string_view model, std::size_t max, SteadyTime now) {
    if (max == 0) {
        return false;
    }
    return entries_.with([&](Entries& entries) {
        auto found = entries.find(model);
        if (found == entries.end()) {
            if (entries.size() >= kModelsMax) {
                entries.erase(std::min_element(entries.begin(), entries.end(), [](const auto& one, const auto& other) {
                    return one.second.last < other.second.last;
                }));
            }
            found = entries.emplace(model, Entry()).first;
            count_.store(entries.size(), std::memory_order_relaxed);
        }
        found->second.last = now;
        return ++found->second.late >= max;
    });
}

void SlowModels::forget(std::string_view model) {
    entries_.with([&](Entries& entries) {
        if (const auto found = entries.find(model); found != entries.end()) {
            entries.erase(found);
            count_.store(entries.size(), std::memory_order_relaxed);
        }
    });
}

}  // namespace aihub::catalog
