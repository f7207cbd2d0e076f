// The facts of one call, collected step by step, for `record`.
#pragma once

#include "base/clock.hpp"
#include "model/usage_row.hpp"

#include <array>
#include <chrono>
#include <string_view>

namespace aihub::gateway {

// The nine steps, in their order.
enum class Step { receive, identify, decide, route, admit, dispatch, relay, settle, record };
constexpr std::size_t kSteps = 9;
[[nodiscard]] std::string_view step_name(Step step);

// Belongs to one call on one loop.
class Trail {
public:
    model::UsageRow row;
    std::string dropped;        // fields of the request that the provider was not told, "a,b"
    std::string_view fallback;  // why the candidate before the last one was left, or not tried; empty: there was none

    void begin(SteadyTime at) {
        began_ = at;
        mark_ = at;
    }
    // The time since the last mark belongs to `step`.
    void mark(Step step, SteadyTime at) {
        spent_[static_cast<std::size_t>(step)] += at - mark_;
        mark_ = at;
    }
    // The time since the last mark was spent waiting for the client or the provider: it belongs to `step`, but is not
    // overhead of ours.
    void mark_waited(Step step, SteadyTime at) {
        waited_ += at - mark_;
        mark(step, at);
    }
    [[nodiscard]] std::chrono::nanoseconds spent(Step step) const { return spent_[static_cast<std::size_t>(step)]; }
    [[nodiscard]] std::chrono::nanoseconds waited() const { return waited_; }
    // What was not waiting, up to the last mark.
    [[nodiscard]] std::chrono::nanoseconds own() const { return mark_ - began_ - waited_; }

    // Ready for the next call; keeps the room of the row's texts.
    void reset();

private:
    SteadyTime began_;
    SteadyTime mark_;
    std::array<std::chrono::nanoseconds, kSteps> spent_{};
    std::chrono::nanoseconds waited_{0};
};

}  // namespace aihub::gateway
