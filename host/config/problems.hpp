// Collects what is wrong in one file.
#pragma once

#include "config/load.hpp"

#include <string>
#include <utility>
#include <vector>

namespace aihub::config {

// A position in the text; line and column from 1, line 0: none.
struct Place {
    int line = 0;
    int column = 0;
};

// One for each load. After kProblemsMax a last problem says that there are more.
class Problems {
public:
    static constexpr std::size_t kProblemsMax = 100;

    explicit Problems(std::string file) : file_(std::move(file)) {}

    void add(Place place, const std::string& path, const std::string& message);
    [[nodiscard]] bool empty() const { return problems_.empty(); }
    // Whether something is wrong with the value at `path`, so that nothing follows from what holds in its place.
    [[nodiscard]] bool has(const std::string& path) const;
    [[nodiscard]] const std::string& file() const { return file_; }
    // All of them, in the order of their places.
    [[nodiscard]] std::vector<Problem> take() &&;

private:
    std::string file_;
    std::vector<Problem> problems_;
    bool more_ = false;
};

}  // namespace aihub::config
