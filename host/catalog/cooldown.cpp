#include "catalog/cooldown.hpp"

#include <algorithm>
#include <functional>

namespace aihub::catalog {

namespace {

using std::chrono::nanoseconds;

std::int64_t ticks(SteadyTime time) {
    return nanoseconds(time.time_since_epoch()).count();
}

}  // namespace

void Cooldown::begin(std::string_view model, SteadyTime until, SteadyTime now) {
    ends_.with([&](Ends& ends) {
        if (ends.models.size() >= kModelsMax) {
            std::erase_if(ends.models, [&](const auto& entry) { return entry.second <= now; });
        }
        const auto known = ends.models.find(model);
        if (known != ends.models.end()) {
            known->second = std::max(known->second, until);
        } else if (ends.models.size() < kModelsMax) {
            ends.models.emplace(model, until);
        } else {
            ends.all = std::max(ends.all, until);
        }
        last_.store(std::max(last_.load(std::memory_order_relaxed), ticks(until)), std::memory_order_release);
    });
}

nanoseconds Cooldown::look(std::string_view model, SteadyTime now) {
    return ends_.with([&](Ends& ends) {
        if (last_.load(std::memory_order_relaxed) <= ticks(now)) {
            ends = {};
            last_.store(0, std::memory_order_release);
            return nanoseconds(0);
        }
        const auto known = ends.models.find(model);
        const auto until = known == ends.models.end() ? ends.all : std::max(known->second, ends.all);
        return std::max(nanoseconds(0), nanoseconds(until - now));
    });
}

}  // namespace aihub::catalog
