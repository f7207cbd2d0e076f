// Models of a provider that are left alone because it said when to come again.
#pragma once

#include "base/clock.hpp"
#include "base/guarded.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace aihub::catalog {

// Providers limit the rate of each model by itself, so a 429 says nothing of the others. Any thread; one word is looked
// at while nothing cools down, and a lock is taken while something does.
class Cooldown {
public:
    // Cooling down at a time; for more of them all models of the provider do.
    static constexpr std::size_t kModelsMax = 1024;

    // Of several times of a model the latest counts.
    void begin(std::string_view model, SteadyTime until, SteadyTime now);
    // How long until a call to `model` is worth a try; 0: it is now.
    [[nodiscard]] std::chrono::nanoseconds left(std::string_view model, const Clock& clock) {
        return last_.load(std::memory_order_acquire) == 0 ? std::chrono::nanoseconds(0)
                                                          : look(model, clock.steady_now());
    }

private:
    struct Ends {
        std::map<std::string, SteadyTime, std::less<>> models;
        SteadyTime all;  // of every model
    };
    std::chrono::nanoseconds look(std::string_view model, SteadyTime now);

    std::atomic<std::int64_t> last_{
        0};  // end of the last one, nanoseconds of the steady clock; 0: none; written locked
    Guarded<Ends> ends_;
};

}  // namespace aihub::catalog
