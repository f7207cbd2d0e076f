#include "loader/check.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <string_view>

namespace aihub::loader {
namespace {

std::string_view outcome_name(CheckResult::Outcome outcome) {
    switch (outcome) {
        case CheckResult::Outcome::passed:
            return "passed";
        case CheckResult::Outcome::failed:
            return "failed";
        case CheckResult::Outcome::skipped:
            return "skipped";
    }
    return "failed";
}

}  // namespace

std::size_t CheckReport::count(CheckResult::Outcome outcome) const {
    return static_cast<std::size_t>(std::count_if(results.begin(), results.end(), [outcome](const CheckResult& result) {
        return result.outcome == outcome;
    }));
}

std::string text_report(const CheckReport& report) {
    std::string text = report.file;
    if (!report.id.empty()) {
        text += ": " + report.id + " " + report.version + ", ABI " + report.abi;
        text += report.built_with.empty() ? "" : ", " + report.built_with;
    }
    text += "\n";
    for (const CheckResult& result : report.results) {
        text += std::string(outcome_name(result.outcome)) +
                (result.outcome == CheckResult::Outcome::skipped ? "  " : "   ");
        text += result.name + (result.message.empty() ? "" : ": " + result.message) + "\n";
    }
    text += std::to_string(report.count(CheckResult::Outcome::passed)) + " passed, " +
            std::to_string(report.count(CheckResult::Outcome::failed)) + " failed, " +
            std::to_string(report.count(CheckResult::Outcome::skipped)) + " skipped\n";
    return text;
}

std::string json_report(const CheckReport& report) {
    boost::json::array results;
    for (const CheckResult& result : report.results) {
        results.push_back(
            {{"name", result.name},
             {"outcome", outcome_name(result.outcome)},
             {"message", result.message},
             {"took_ms", result.took.count()}}
        );
    }
    const boost::json::object counts = {
        {"passed", report.count(CheckResult::Outcome::passed)},
        {"failed", report.count(CheckResult::Outcome::failed)},
        {"skipped", report.count(CheckResult::Outcome::skipped)}};
    return boost::json::serialize(boost::json::object{
        {"file", report.file},
        {"id", report.id},
        {"version", report.version},
        {"abi", report.abi},
        {"built_with", report.built_with},
        {"passed", report.passed()},
        {"counts", counts},
        {"results", std::move(results)}});
}

}  // namespace aihub::loader
