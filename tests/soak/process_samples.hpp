// What a process holds, from /proc, and how that changes with time.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <vector>

namespace aihub::soak {

struct Sample {
    double seconds = 0;            // since the start of the run
    std::size_t resident_kb = 0;   // Rss of smaps_rollup
    std::size_t anonymous_kb = 0;  // Anonymous of it: heap and stacks, without mapped files
    std::size_t descriptors = 0;
    std::size_t threads = 0;
};

[[nodiscard]] Sample take_sample(pid_t pid, double seconds);

// The median of the slopes between all pairs (Theil-Sen), in KiB an hour: single outliers do not move it. 0: fewer than
// two samples.
[[nodiscard]] double slope_kb_per_hour(const std::vector<Sample>& samples, std::size_t Sample::*value);

// The value below which `part` (0 to 1) of `values` lie; 0: there are none.
[[nodiscard]] double quantile(std::vector<double> values, double part);

}  // namespace aihub::soak
