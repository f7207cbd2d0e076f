// Adds up the usage rows of one experiment, in memory that does not grow with their number.
#pragma once

#include "base/amount.hpp"
#include "experiment/duration_classes.hpp"
#include "experiment/exposure.hpp"
#include "experiment/statistics.hpp"
#include "model/experiment.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::experiment {

// What is measured of a request.
enum class Measure { errors, log_duration, input_tokens, output_tokens, cost, feedback };
inline constexpr std::size_t kMeasures = 6;

// What the report needs of one usage row. Views live as long as the call that hands it over.
struct Observation {
    Exposure exposure;
    bool failed = false;                                // status 500 and above, or a time-out
    std::optional<std::chrono::microseconds> duration;  // of one that was completed
    std::optional<std::uint64_t> input_tokens;
    std::optional<std::uint64_t> output_tokens;
    std::string_view amount;  // a decimal number; empty: not rated
    std::string_view currency;
    std::optional<double> score;  // of feedback, -1 to 1
};

struct ArmTally {
    std::uint64_t units = 0;     // different ones, of calls that were drawn
    std::uint64_t requests = 0;  // as are all figures below but the last two
    std::uint64_t errors = 0;
    std::uint64_t input_tokens = 0;
    std::uint64_t output_tokens = 0;
    std::uint64_t scores = 0;
    std::map<std::string, Amount> amounts;  // by currency
    DurationClasses durations;
    std::uint64_t chosen = 0;             // calls that a policy put into the arm
    std::uint64_t assignment_errors = 0;  // calls that got the control because the policy failed
};

class Tally {
public:
    explicit Tally(const model::Experiment& experiment);

    // An arm that the experiment does not have is counted as unknown.
    void add(const Observation& observation);

    [[nodiscard]] const std::vector<ArmTally>& arms() const { return arms_; }
    // Of the drawn calls that have the measure, by buckets. Costs of several currencies have no mean.
    [[nodiscard]] ClusteredMean mean(std::size_t arm, Measure measure) const;
    [[nodiscard]] std::uint64_t unknown_arms() const { return unknown_arms_; }
    // Amounts that are no decimal number, or whose sum is too large; they are in no figure.
    [[nodiscard]] std::uint64_t bad_amounts() const { return bad_amounts_; }
    // Empty: none, or several.
    [[nodiscard]] const std::string& currency() const { return currency_; }

private:
    struct Sum {
        double sum = 0;
        double count = 0;
    };
    using Bucket = std::array<Sum, kMeasures>;

    void measure(Bucket& bucket, Measure what, double value);
    void add_amount(ArmTally& arm, Bucket& bucket, const Observation& observation);

    const model::Experiment& experiment_;
    std::vector<ArmTally> arms_;
    std::vector<std::vector<Bucket>> buckets_;  // by arm; kBuckets of them where it has a call
    std::vector<bool> seen_;                    // by tag of the unit
    std::string currency_;
    bool currencies_differ_ = false;
    std::uint64_t unknown_arms_ = 0;
    std::uint64_t bad_amounts_ = 0;
};

}  // namespace aihub::experiment
