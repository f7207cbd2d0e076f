// Durations, counted in classes that are 1 % wide, so that percentiles of any number of them need little memory.
#pragma once

#include "experiment/statistics.hpp"

#include <chrono>
#include <cstdint>
#include <vector>

namespace aihub::experiment {

class DurationClasses {
public:
    void add(std::chrono::microseconds duration);

    [[nodiscard]] std::uint64_t count() const { return count_; }

    struct Percentile {
        double milliseconds = 0;
        Interval interval;  // with 95 %, for one look; durations taken as independent
    };
    // `share`: 0.5 for the median. Zeros without durations. Between few durations and a high share there may be no
    // bound above: then it is the longest.
    [[nodiscard]] Percentile percentile(double share) const;

private:
    [[nodiscard]] double at_rank(double rank) const;

    std::vector<std::uint64_t> classes_;
    std::uint64_t count_ = 0;
};

}  // namespace aihub::experiment
