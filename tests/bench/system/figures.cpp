#include "system/figures.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>

namespace aihub::bench {
namespace {

std::vector<std::string>& lines() {
    static std::vector<std::string> kept;
    return kept;
}

std::string number(double value, int digits) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

}  // namespace

double Samples::median() const {
    if (values_.empty()) {
        return 0;
    }
    auto sorted = values_;
    std::sort(sorted.begin(), sorted.end());
    const auto middle = sorted.size() / 2;
    return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

double Samples::min() const {
    return values_.empty() ? 0 : *std::min_element(values_.begin(), values_.end());
}
double Samples::max() const {
    return values_.empty() ? 0 : *std::max_element(values_.begin(), values_.end());
}

std::string Samples::text(int digits) const {
    return number(median(), digits) + " [" + number(min(), digits) + " .. " + number(max(), digits) + "]";
}

double percentile(std::vector<float>& values, double fraction) {
    if (values.empty()) {
        return 0;
    }
    const auto index =
        std::min(values.size() - 1, static_cast<std::size_t>(fraction * static_cast<double>(values.size())));
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(index), values.end());
    return static_cast<double>(values[index]);
}

void print_figure(std::string_view name, std::string_view figure, const Samples& samples) {
    char text[256];
    std::snprintf(
        text,
        sizeof text,
        "bench %.*s %.*s=%.4g runs=%zu min=%.4g max=%.4g",
        static_cast<int>(name.size()),
        name.data(),
        static_cast<int>(figure.size()),
        figure.data(),
        samples.median(),
        samples.count(),
        samples.min(),
        samples.max()
    );
    std::puts(text);
    lines().emplace_back(text);
}

void write_lines(const std::string& path) {
    std::ofstream file(path, std::ios::app);
    for (const auto& line : lines()) {
        file << line << '\n';
    }
}

}  // namespace aihub::bench
