#include "process_samples.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace aihub::soak {

namespace {

std::size_t field(const std::string& file, const std::string& name) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with(name)) {
            return std::strtoull(line.c_str() + name.size(), nullptr, 10);
        }
    }
    return 0;
}

std::size_t entries(const std::string& directory) {
    std::error_code error;
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
        count += entry.path().empty() ? 0U : 1U;
    }
    return count;
}

}  // namespace

Sample take_sample(pid_t pid, double seconds) {
    const auto folder = "/proc/" + std::to_string(pid);
    Sample sample;
    sample.seconds = seconds;
    sample.resident_kb = field(folder + "/smaps_rollup", "Rss:");
    sample.anonymous_kb = field(folder + "/smaps_rollup", "Anonymous:");
    sample.descriptors = entries(folder + "/fd");
    sample.threads = entries(folder + "/task");
    return sample;
}

double slope_kb_per_hour(const std::vector<Sample>& samples, std::size_t Sample::*value) {
    std::vector<double> slopes;
    for (std::size_t left = 0; left < samples.size(); ++left) {
        for (std::size_t right = left + 1; right < samples.size(); ++right) {
            const double rise = static_cast<double>(samples[right].*value) - static_cast<double>(samples[left].*value);
            const double run = samples[right].seconds - samples[left].seconds;
            if (run > 0) {
                slopes.push_back(rise / run * 3600);
            }
        }
    }
    return quantile(std::move(slopes), 0.5);
}

double quantile(std::vector<double> values, double part) {
    if (values.empty()) {
        return 0;
    }
    const auto last = static_cast<double>(values.size() - 1);
    const auto place = static_cast<std::ptrdiff_t>(std::floor(part * last));
    std::nth_element(values.begin(), values.begin() + place, values.end());
    return values[static_cast<std::size_t>(place)];
}

}  // namespace aihub::soak
