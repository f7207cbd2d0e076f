// The mathematics of reports. docs/policies/experiments.md has the formulas and their sources.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace aihub::experiment {

// The 0.975 quantile of the normal distribution: intervals for one look have 95 %.
inline constexpr double kZ = 1.959963984540054;

struct Interval {
    double low = 0;
    double high = 0;

    [[nodiscard]] bool holds(double value) const { return low <= value && value <= high; }
};

// A mean of requests whose clusters (buckets of units) are the independent observations.
class ClusteredMean {
public:
    // One cluster: the sum of the values of its `count` requests. Without requests it is none.
    void add(double sum, double count);

    [[nodiscard]] double clusters() const { return clusters_; }
    // As many of one size would say as much: fewer than there are when some of them hold most requests.
    [[nodiscard]] double effective_clusters() const { return count_count_ > 0 ? count_ * count_ / count_count_ : 0; }
    [[nodiscard]] double count() const { return count_; }
    // 0 without requests.
    [[nodiscard]] double mean() const { return count_ > 0 ? sum_ / count_ : 0; }
    // Of the mean. 0 with fewer than two clusters, which say nothing of it.
    [[nodiscard]] double variance() const;
    // For one look.
    [[nodiscard]] Interval interval() const;

private:
    double clusters_ = 0;
    double sum_ = 0, count_ = 0;
    double sum_sum_ = 0, sum_count_ = 0, count_count_ = 0;
};

// Of a share, for one look: Wilson's, with the trials divided by the design effect that the clusters have.
[[nodiscard]] Interval share_interval(const ClusteredMean& share);
[[nodiscard]] Interval wilson(double successes, double trials);

// A difference that is looked at again and again.
struct Sequential {
    double difference = 0;
    Interval interval;  // at level 1 - alpha at all times at once
    double p = 1;       // always valid, for one comparison
};
// `alpha`: of this comparison. `planned`: requests in both, at which the interval is narrowest. Without a variance the
// interval is the difference itself and p is 1: ask only when there is one.
[[nodiscard]] Sequential compare(const ClusteredMean& arm, const ClusteredMean& control, double alpha, double planned);

// How probable it is that a chi-square variable is `value` or more.
[[nodiscard]] double chi_square_p(double value, double degrees_of_freedom);
// How probable it is that counts are as far from the proportions of `weights`, or farther. 1 without counts.
[[nodiscard]] double proportions_p(std::span<const std::uint64_t> counts, std::span<const double> weights);

}  // namespace aihub::experiment
