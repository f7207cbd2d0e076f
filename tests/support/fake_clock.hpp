// A clock that moves only when the test says so.
#pragma once

#include "base/clock.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace aihub::testing {

// Begins at 2026-01-01 00:00:00 UTC. Any thread.
class FakeClock final : public Clock {
public:
    [[nodiscard]] SteadyTime steady_now() const override {
        return SteadyTime(std::chrono::duration_cast<SteadyTime::duration>(std::chrono::nanoseconds(steady_ns_.load()))
        );
    }
    [[nodiscard]] WallTime wall_now() const override {
        return WallTime(std::chrono::duration_cast<WallTime::duration>(std::chrono::nanoseconds(wall_ns_.load())));
    }

    // Both clocks go on by `time`.
    void advance(std::chrono::nanoseconds time) {
        steady_ns_ += time.count();
        wall_ns_ += time.count();
    }
    // Somebody sets the wall clock; the steady one does not notice.
    void set_wall(WallTime time) {
        wall_ns_ = std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
    }

private:
    std::atomic<std::int64_t> steady_ns_{1'000'000'000};
    std::atomic<std::int64_t> wall_ns_{1'767'225'600'000'000'000};
};

}  // namespace aihub::testing
