// Time, taken through an interface so that tests drive it.
#pragma once

#include <chrono>

namespace aihub {

// Monotonic: deadlines and durations.
using SteadyTime = std::chrono::steady_clock::time_point;
// Wall clock: what is stored and shown.
using WallTime = std::chrono::system_clock::time_point;

// The clock of the process. Any thread. app owns the real one; tests have FakeClock.
class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual SteadyTime steady_now() const = 0;
    [[nodiscard]] virtual WallTime wall_now() const = 0;
};

// The operating system's clock.
class SystemClock final : public Clock {
public:
    [[nodiscard]] SteadyTime steady_now() const override;
    [[nodiscard]] WallTime wall_now() const override;
};

}  // namespace aihub
