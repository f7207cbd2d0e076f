// A strict reader of the Prometheus text format, version 0.0.4, with the checks that promtool makes of it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::testing {

// One sample line.
struct Sample {
    std::string name;
    std::map<std::string, std::string> labels;
    double value = 0;
};

struct PrometheusText {
    std::vector<Sample> samples;
    // What is wrong, each with its line: grammar, a sample without HELP and TYPE before it, families that are not in
    // one piece, a series twice, counters that do not end in _total or are negative, histograms whose buckets do not
    // rise, lack +Inf or disagree with _count.
    std::vector<std::string> problems;
};

[[nodiscard]] PrometheusText read_prometheus(std::string_view text);

}  // namespace aihub::testing
