// How the arms of an experiment did: `aihub experiment report`. Pure.
#pragma once

#include "experiment/tally.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::experiment {

struct ReportOptions {
    double planned = 10000;  // requests at which comparisons are sharpest
    double alpha = 0.05;     // of all comparisons of one measure together
};

struct Estimate {
    double value = 0;
    std::optional<Interval> interval;  // nothing: of one bucket of units only
    std::uint64_t requests = 0;        // that it is of
};

struct ArmReport {
    std::string name;
    const ArmTally* tally = nullptr;  // outlives the report
    double weight = 0;                // how many units the arm should have, in proportion
    Estimate errors;
    DurationClasses::Percentile median, p95, p99;
    Estimate input_tokens, output_tokens, cost, feedback;  // of a request
};

// One arm against the control.
struct Comparison {
    std::string arm;
    Measure measure = Measure::errors;
    std::optional<Sequential> found;  // nothing: too few for it. Of log_duration: of the logarithm's mean
    bool differs = false;             // the interval leaves out 0
    bool constant = false;            // there were enough, but in no arm did they differ
};

struct Report {
    const model::Experiment* experiment = nullptr;  // outlives the report
    std::vector<ArmReport> arms;
    std::vector<Comparison> comparisons;
    double units_p = 1;      // of the numbers of units, given the widths of the arms
    bool units_bad = false;  // it is so small that the other figures cannot be trusted
    std::string currency;    // of costs; empty: none, or several
    std::uint64_t unknown_arms = 0, bad_amounts = 0;
};

// The experiment and the tally outlive the report.
[[nodiscard]] Report make_report(
    const model::Experiment& experiment, const Tally& tally, const ReportOptions& options = {}
);

// For people.
[[nodiscard]] std::string report_text(const Report& report);
// One JSON object and a line feed.
[[nodiscard]] std::string report_json(const Report& report);

// "errors", "duration", as in both.
[[nodiscard]] std::string_view measure_name(Measure measure);

}  // namespace aihub::experiment
