#include "base/clock.hpp"

namespace aihub {

SteadyTime SystemClock::steady_now() const {
    return std::chrono::steady_clock::now();
}

WallTime SystemClock::wall_now() const {
    return std::chrono::system_clock::now();
}

}  // namespace aihub
