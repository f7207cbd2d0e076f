// Time as it is stored: microseconds since 1970-01-01 UTC, in a 64-bit integer.
#pragma once

#include "base/clock.hpp"

#include <chrono>

namespace aihub::storage {

// long long because that is what the database library binds.
[[nodiscard]] inline long long to_micros(WallTime time) {
    return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

[[nodiscard]] inline WallTime from_micros(long long micros) {
    return WallTime(std::chrono::duration_cast<WallTime::duration>(std::chrono::microseconds(micros)));
}

}  // namespace aihub::storage
