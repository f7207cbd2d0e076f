// Models of a provider whose answers do not begin in time.
#pragma once

#include "base/clock.hpp"
#include "base/guarded.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace aihub::catalog {

// Counts late answers of each model, one after another. A model that thinks for long says nothing of its provider's
// others. Any thread; one word is looked at while no model is late, and a lock is taken while one is.
class SlowModels {
public:
    // Models that are counted at a time; a further one takes the place of the one that was late longest ago.
    static constexpr std::size_t kModelsMax = 1024;

    // An answer of `model` was late. True: so were `max` one after another (0: never), this one counted.
    [[nodiscard]] bool late(std::string_view model, std::size_t max, SteadyTime now);
    // One has begun, or was refused in time.
    void in_time(std::string_view model) {
        if (count_.load(std::memory_order_relaxed) > 0) {
            forget(model);
        }
    }

private:
    struct Entry {
        std::size_t late = 0;
        SteadyTime last;
    };
    using Entries = std::map<std::string, Entry, std::less<>>;
    void forget(std::string_view model);

    std::atomic<std::size_t> count_{0};  // of entries; written locked
    Guarded<Entries> entries_;
};

}  // namespace aihub::catalog
