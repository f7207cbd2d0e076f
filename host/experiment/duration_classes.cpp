#include "experiment/duration_classes.hpp"

#include <algorithm>
#include <cmath>

namespace aihub::experiment {

namespace {

constexpr double kWidth = 1.01;
constexpr double kMicrosecondsInMillisecond = 1000;
// More than a hundred days.
constexpr std::size_t kClasses = 3000;

}  // namespace

void DurationClasses::add(std::chrono::microseconds duration) {
    if (classes_.empty()) {
        classes_.resize(kClasses);
    }
    const double microseconds = std::max(1.0, static_cast<double>(duration.count()));
    const auto place = static_cast<std::size_t>(std::log(microseconds) / std::log(kWidth));
    ++classes_[std::min(place, kClasses - 1)];
    ++count_;
}

// The middle of the class that holds the duration of this rank, from 1.
double DurationClasses::at_rank(double rank) const {
    const double wanted = std::clamp(rank, 1.0, static_cast<double>(count_));
    double seen = 0;
    for (std::size_t place = 0; place < classes_.size(); ++place) {
        seen += static_cast<double>(classes_[place]);
        if (seen >= wanted) {
            return std::pow(kWidth, static_cast<double>(place) + 0.5) / kMicrosecondsInMillisecond;
        }
    }
    return 0;
}

DurationClasses::Percentile DurationClasses::percentile(double share) const {
    if (count_ == 0) {
        return {};
    }
    const auto count = static_cast<double>(count_);
    const double half = kZ * std::sqrt(count * share * (1 - share));
    return {
        at_rank(std::ceil(count * share)),
        {at_rank(std::floor(count * share - half)), at_rank(std::ceil(count * share + half) + 1)}};
}

}  // namespace aihub::experiment
