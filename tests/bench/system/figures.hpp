// Samples of a figure and how they are printed.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::bench {

// One value for each round.
class Samples {
public:
    void add(double value) { values_.push_back(value); }
    [[nodiscard]] double median() const;
    [[nodiscard]] double min() const;
    [[nodiscard]] double max() const;
    [[nodiscard]] std::size_t count() const { return values_.size(); }
    // "1.07 [1.02 .. 1.13]"
    [[nodiscard]] std::string text(int digits) const;

private:
    std::vector<double> values_;
};

// Value at `fraction` (0.5, 0.99) of `values`, which it sorts. 0 when there are none.
[[nodiscard]] double percentile(std::vector<float>& values, double fraction);

// Prints "bench <name> <figure>=<median> runs=<n> min=<min> max=<max>" and keeps the line for write_lines().
void print_figure(std::string_view name, std::string_view figure, const Samples& samples);
// Appends every line printed so far to `path`.
void write_lines(const std::string& path);

}  // namespace aihub::bench
