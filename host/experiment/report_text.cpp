#include "experiment/report.hpp"

#include <array>
#include <cmath>
#include <functional>
#include <iomanip>
#include <sstream>

namespace aihub::experiment {

namespace {

constexpr double kPercent = 100;
constexpr int kNameWidth = 18;
constexpr int kCellWidth = 28;
constexpr int kCostDecimals = 6;

std::string number(double value, int decimals) {
    std::ostringstream out;
    out << std::fixed << std::setprecision(decimals) << value;
    return out.str();
}

std::string p_text(double p) {
    constexpr double kShown = 0.0001;
    return p < kShown ? "below 0.0001" : number(p, 4);
}

std::string with_sign(double value, int decimals) {
    return (value < 0 ? "" : "+") + number(value, decimals);
}

std::string cell(const Estimate& estimate, int decimals, double factor = 1) {
    if (estimate.requests == 0) {
        return "-";
    }
    const auto value = number(estimate.value * factor, decimals);
    if (!estimate.interval) {
        return value + " [-]";
    }
    return value + " [" + number(estimate.interval->low * factor, decimals) + ", " +
           number(estimate.interval->high * factor, decimals) + "]";
}

std::string cell(const DurationClasses::Percentile& percentile) {
    if (percentile.milliseconds <= 0) {
        return "-";
    }
    // Durations of a simulator are far below a millisecond.
    const int decimals = percentile.milliseconds < 10 ? 2 : 0;
    return number(percentile.milliseconds, decimals) + " [" + number(percentile.interval.low, decimals) + ", " +
           number(percentile.interval.high, decimals) + "]";
}

std::string amounts_of(const ArmTally& tally) {
    std::string text;
    for (const auto& [currency, amount] : tally.amounts) {
        text += (text.empty() ? "" : ", ") + amount.text(2) + " " + currency;
    }
    return text.empty() ? "-" : text;
}

std::string percent_text(std::uint32_t buckets) {
    std::ostringstream out;
    out << static_cast<double>(buckets) * kPercent / model::kBuckets << " %";
    return out.str();
}

void append_row(std::string& out, const std::string& name, const std::vector<std::string>& cells) {
    std::string line = name;
    line.resize(std::max<std::size_t>(line.size(), kNameWidth), ' ');
    for (const auto& each : cells) {
        line += "  " + each;
        line.append(each.size() < kCellWidth ? kCellWidth - each.size() : 0, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
}

struct Row {
    std::string name;
    std::function<std::string(const ArmReport& arm)> cell;
};

std::vector<Row> rows_of(const Report& report) {
    return {
        {"", [](const ArmReport& arm) { return arm.name; }},
        {"units", [](const ArmReport& arm) { return std::to_string(arm.tally->units); }},
        {"requests", [](const ArmReport& arm) { return std::to_string(arm.tally->requests); }},
        {"errors, %", [](const ArmReport& arm) { return cell(arm.errors, 2, kPercent); }},
        {"median, ms", [](const ArmReport& arm) { return cell(arm.median); }},
        {"p95, ms", [](const ArmReport& arm) { return cell(arm.p95); }},
        {"p99, ms", [](const ArmReport& arm) { return cell(arm.p99); }},
        {"input tokens", [](const ArmReport& arm) { return cell(arm.input_tokens, 1); }},
        {"output tokens", [](const ArmReport& arm) { return cell(arm.output_tokens, 1); }},
        {report.currency.empty() ? "cost" : "cost, " + report.currency,
         [](const ArmReport& arm) { return cell(arm.cost, kCostDecimals); }},
        {"cost, all", [](const ArmReport& arm) { return amounts_of(*arm.tally); }},
        {"feedback", [](const ArmReport& arm) { return cell(arm.feedback, 3); }},
        {"  given", [](const ArmReport& arm) { return std::to_string(arm.tally->scores); }},
        {"chosen by policy", [](const ArmReport& arm) { return std::to_string(arm.tally->chosen); }},
        {"policy failed", [](const ArmReport& arm) { return std::to_string(arm.tally->assignment_errors); }},
    };
}

// The difference in words of its measure: points of a percentage, a factor for durations.
std::string difference_text(const Comparison& comparison) {
    const auto& found = *comparison.found;
    const auto range = [&](const std::function<std::string(double)>& shown) {
        return shown(found.difference) + " [" + shown(found.interval.low) + ", " + shown(found.interval.high) + "]";
    };
    switch (comparison.measure) {
        case Measure::errors:
            return range([](double value) { return with_sign(value * kPercent, 2); }) + " points";
        case Measure::log_duration:
            return range([](double value) { return number(std::exp(value), 3); }) + " times";
        case Measure::cost:
            return range([](double value) { return with_sign(value, kCostDecimals); });
        case Measure::feedback:
            return range([](double value) { return with_sign(value, 3); });
        default:
            return range([](double value) { return with_sign(value, 1); });
    }
}

void append_comparisons(std::string& out, const Report& report) {
    std::string arm;
    for (const auto& comparison : report.comparisons) {
        if (comparison.arm != arm) {
            arm = comparison.arm;
            out += "\n" + arm + " against " + report.arms.front().name + ", however often you look:\n";
        }
        std::string line = "  " + std::string(measure_name(comparison.measure));
        line.resize(kNameWidth, ' ');
        if (comparison.found) {
            line += "  " + difference_text(comparison) + "  p " + p_text(comparison.found->p) +
                    (comparison.differs ? "  differs" : "");
        } else {
            line += comparison.constant ? "  does not vary" : "  not enough yet";
        }
        out += line + "\n";
    }
}

}  // namespace

std::string report_text(const Report& report) {
    const auto& experiment = *report.experiment;
    std::string out = "experiment " + experiment.name + ", " + (experiment.stopped ? "stopped" : "running") +
                      ", ramp " + percent_text(experiment.ramp) + "\n\n";
    for (const auto& row : rows_of(report)) {
        std::vector<std::string> cells;
        for (const auto& arm : report.arms) {
            cells.push_back(row.cell(arm));
        }
        append_row(out, row.name, cells);
    }
    append_comparisons(out, report);
    if (report.units_bad) {
        out += "\nwarning: the arms do not have the shares of units that they should (p " + p_text(report.units_p) +
               "); find out which calls of an arm are missing before you believe any other figure\n";
    }
    if (report.unknown_arms > 0) {
        out += "\nwarning: " + std::to_string(report.unknown_arms) +
               " requests were in arms that the experiment has not\n";
    }
    if (report.bad_amounts > 0) {
        out += "\nwarning: " + std::to_string(report.bad_amounts) + " amounts could not be added up\n";
    }
    return out;
}

}  // namespace aihub::experiment
