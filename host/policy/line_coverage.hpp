// Which lines of a bundle were run, and which never.
#pragma once

#include "base/result.hpp"
#include "policy/bundle.hpp"
#include "policy/policy_state.hpp"

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::policy {

struct FileCoverage {
    std::string file;
    std::size_t lines = 0;       // that can run
    std::vector<int> never_run;  // in order
    bool operator==(const FileCoverage&) const = default;
};
// One line of text for each file, for people.
[[nodiscard]] std::string text_of(const std::vector<FileCoverage>& coverage);

class SeenLines final : public LineWatch {
public:
    void line(std::string_view file, int line) override;
    void add(const SeenLines& other);
    [[nodiscard]] bool has(std::string_view file, int line) const;
    // Of every file but the specs.
    [[nodiscard]] Result<std::vector<FileCoverage>> coverage(const Bundle& bundle) const;

private:
    std::map<std::string, std::set<int>, std::less<>> seen_;
};

}  // namespace aihub::policy
