#include "base/json_text.hpp"
#include "experiment/report.hpp"

#include <array>
#include <charconv>

namespace aihub::experiment {

namespace {

std::string number(double value) {
    std::array<char, 32> digits{};
    return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr};
}

// Writes an object member by member.
class Object {
public:
    Object& raw(std::string_view name, const std::string& json) {
        text_ += text_.size() == 1 ? "" : ",";
        append_json_string(text_, name);
        text_ += ":" + json;
        return *this;
    }
    Object& text(std::string_view name, std::string_view value) {
        std::string json;
        append_json_string(json, value);
        return raw(name, json);
    }
    Object& count(std::string_view name, std::uint64_t value) { return raw(name, std::to_string(value)); }
    Object& real(std::string_view name, double value) { return raw(name, number(value)); }
    Object& truth(std::string_view name, bool value) { return raw(name, value ? "true" : "false"); }
    [[nodiscard]] std::string done() const { return text_ + "}"; }

private:
    std::string text_ = "{";
};

std::string json_of(const Interval& interval) {
    return "[" + number(interval.low) + "," + number(interval.high) + "]";
}

std::string json_of(const Estimate& estimate) {
    if (estimate.requests == 0) {
        return "null";
    }
    return Object()
        .real("value", estimate.value)
        .raw("interval", estimate.interval ? json_of(*estimate.interval) : "null")
        .count("requests", estimate.requests)
        .done();
}

std::string json_of(const DurationClasses::Percentile& percentile) {
    return Object().real("value", percentile.milliseconds).raw("interval", json_of(percentile.interval)).done();
}

std::string json_of(const ArmReport& arm) {
    Object amounts;
    for (const auto& [currency, amount] : arm.tally->amounts) {
        amounts.text(currency, amount.text());
    }
    return Object()
        .text("name", arm.name)
        .count("units", arm.tally->units)
        .count("requests", arm.tally->requests)
        .count("failed", arm.tally->errors)
        .raw("errors", json_of(arm.errors))
        .raw("median_ms", json_of(arm.median))
        .raw("p95_ms", json_of(arm.p95))
        .raw("p99_ms", json_of(arm.p99))
        .raw("input_tokens", json_of(arm.input_tokens))
        .raw("output_tokens", json_of(arm.output_tokens))
        .count("input_tokens_sum", arm.tally->input_tokens)
        .count("output_tokens_sum", arm.tally->output_tokens)
        .raw("cost", json_of(arm.cost))
        .raw("cost_sums", amounts.done())
        .raw("feedback", json_of(arm.feedback))
        .count("chosen", arm.tally->chosen)
        .count("assignment_errors", arm.tally->assignment_errors)
        .done();
}

std::string json_of(const Comparison& comparison) {
    Object made;
    made.text("arm", comparison.arm).text("measure", measure_name(comparison.measure));
    if (!comparison.found) {
        return made.raw("difference", "null").done();
    }
    // Natural logarithms compare durations: exp() of them are factors.
    return made.real("difference", comparison.found->difference)
        .raw("interval", json_of(comparison.found->interval))
        .real("p", comparison.found->p)
        .truth("differs", comparison.differs)
        .done();
}

template <class Item>
std::string list_of(const std::vector<Item>& items) {
    std::string json = "[";
    for (const auto& item : items) {
        json += (json.size() == 1 ? "" : ",") + json_of(item);
    }
    return json + "]";
}

}  // namespace

std::string report_json(const Report& report) {
    return Object()
               .text("experiment", report.experiment->name)
               .truth("stopped", report.experiment->stopped)
               .real("ramp_percent", static_cast<double>(report.experiment->ramp) * 100 / model::kBuckets)
               .text("currency", report.currency)
               .raw("arms", list_of(report.arms))
               .raw("comparisons", list_of(report.comparisons))
               .real("units_p", report.units_p)
               .truth("units_bad", report.units_bad)
               .count("unknown_arms", report.unknown_arms)
               .count("bad_amounts", report.bad_amounts)
               .done() +
           "\n";
}

}  // namespace aihub::experiment
