#include "experiment/statistics.hpp"

#include <algorithm>
#include <cmath>

namespace aihub::experiment {

namespace {

constexpr double kTiny = 1e-300;
constexpr double kEpsilon = 1e-15;
constexpr int kTermsMax = 10000;
constexpr double kRounding = 1e-12;

// Both are of the incomplete gamma function, without the factor x^a e^-x / gamma(a).
double lower_series(double a, double x) {
    double term = 1 / a;
    double sum = term;
    for (int n = 1; n < kTermsMax && term > sum * kEpsilon; ++n) {
        term *= x / (a + n);
        sum += term;
    }
    return sum;
}

// Lentz's method.
double upper_fraction(double a, double x) {
    double b = x + 1 - a;
    double c = 1 / kTiny;
    double d = 1 / b;
    double value = d;
    for (int n = 1; n < kTermsMax; ++n) {
        const double factor = -n * (n - a);
        b += 2;
        d = 1 / (factor * d + b);
        c = b + factor / c;
        value *= d * c;
        if (std::abs(d * c - 1) < kEpsilon) {
            break;
        }
    }
    return value;
}

double upper_gamma(double a, double x) {
    if (x <= 0) {
        return 1;
    }
    const double factor = std::exp(a * std::log(x) - x - std::lgamma(a));
    return x < a + 1 ? 1 - factor * lower_series(a, x) : factor * upper_fraction(a, x);
}

}  // namespace

void ClusteredMean::add(double sum, double count) {
    if (count <= 0) {
        return;
    }
    clusters_ += 1;
    sum_ += sum;
    count_ += count;
    sum_sum_ += sum * sum;
    sum_count_ += sum * count;
    count_count_ += count * count;
}

double ClusteredMean::variance() const {
    if (clusters_ < 2) {
        return 0;
    }
    const double ratio = mean();
    const double squares = sum_sum_ - 2 * ratio * sum_count_ + ratio * ratio * count_count_;
    // Of equal values the squares cancel but for the last digits.
    return squares <= kRounding * sum_sum_ ? 0 : clusters_ / (clusters_ - 1) * squares / (count_ * count_);
}

Interval ClusteredMean::interval() const {
    const double half = kZ * std::sqrt(variance());
    return {mean() - half, mean() + half};
}

Interval wilson(double successes, double trials) {
    if (trials <= 0) {
        return {0, 1};
    }
    const double share = successes / trials;
    const double square = kZ * kZ;
    const double middle = (share + square / (2 * trials)) / (1 + square / trials);
    const double half =
        kZ / (1 + square / trials) * std::sqrt(share * (1 - share) / trials + square / (4 * trials * trials));
    return {std::max(0.0, middle - half), std::min(1.0, middle + half)};
}

Interval share_interval(const ClusteredMean& share) {
    const double mean = share.mean();
    const double independent = share.count() > 0 ? mean * (1 - mean) / share.count() : 0;
    const double effect = independent > 0 ? std::max(1.0, share.variance() / independent) : 1;
    const double trials = share.count() / effect;
    return wilson(mean * trials, trials);
}

Sequential compare(const ClusteredMean& arm, const ClusteredMean& control, double alpha, double planned) {
    Sequential made;
    made.difference = arm.mean() - control.mean();
    made.interval = {made.difference, made.difference};
    const double variance = arm.variance() + control.variance();
    if (variance <= 0) {
        return made;
    }
    const double odds = -2 * std::log(alpha);
    const double rate = (odds + std::log(odds) + 1) / planned;
    const double grown = rate * (arm.count() + control.count());
    const double half = std::sqrt(variance * (1 + grown) / grown * (odds + std::log1p(grown)));
    made.interval = {made.difference - half, made.difference + half};
    const double square = made.difference * made.difference / variance;
    made.p = std::min(1.0, std::sqrt(1 + grown) * std::exp(-square / 2 * grown / (1 + grown)));
    return made;
}

double chi_square_p(double value, double degrees_of_freedom) {
    return upper_gamma(degrees_of_freedom / 2, value / 2);
}

double proportions_p(std::span<const std::uint64_t> counts, std::span<const double> weights) {
    double all = 0;
    double weight = 0;
    for (std::size_t index = 0; index < counts.size(); ++index) {
        all += static_cast<double>(counts[index]);
        weight += weights[index];
    }
    if (all <= 0 || weight <= 0) {
        return 1;
    }
    double sum = 0;
    double degrees = -1;
    for (std::size_t index = 0; index < counts.size(); ++index) {
        const double expected = all * weights[index] / weight;
        if (expected > 0) {
            const double far = static_cast<double>(counts[index]) - expected;
            sum += far * far / expected;
            degrees += 1;
        }
    }
    return degrees > 0 ? chi_square_p(sum, degrees) : 1;
}

}  // namespace aihub::experiment
