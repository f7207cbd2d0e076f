#include "policy/line_coverage.hpp"

#include "policy/bytecode.hpp"

#include <algorithm>
#include <iterator>

namespace aihub::policy {

std::string text_of(const std::vector<FileCoverage>& coverage) {
    std::string out;
    for (const auto& covered : coverage) {
        const std::size_t run = covered.lines - covered.never_run.size();
        out += covered.file + ": " + std::to_string(run) + " of " + std::to_string(covered.lines) + " lines were run";
        for (std::size_t i = 0; i < covered.never_run.size(); ++i) {
            out += (i == 0 ? "; never " : ", ") + std::to_string(covered.never_run[i]);
        }
        out += "\n";
    }
    return out;
}

void SeenLines::line(std::string_view file, int line) {
    auto found = seen_.find(file);
    if (found == seen_.end()) {
        found = seen_.emplace(std::string(file), std::set<int>()).first;
    }
    found->second.insert(line);
}

void SeenLines::add(const SeenLines& other) {
    for (const auto& [file, lines] : other.seen_) {
        seen_[file].insert(lines.begin(), lines.end());
    }
}

bool SeenLines::has(std::string_view file, int line) const {
    const auto found = seen_.find(file);
    return found != seen_.end() && found->second.contains(line);
}

Result<std::vector<FileCoverage>> SeenLines::coverage(const Bundle& bundle) const {
    std::vector<FileCoverage> coverage;
    for (const auto& file : bundle.files()) {
        if (file.is_spec() || !file.is_lua()) {
            continue;
        }
        const auto compiled = AIHUB_TRY(compile_file(file));
        FileCoverage covered{file.name, compiled.lines.size(), {}};
        std::ranges::copy_if(compiled.lines, std::back_inserter(covered.never_run), [&](int line) {
            return !has(file.name, line);
        });
        coverage.push_back(std::move(covered));
    }
    return coverage;
}

}  // namespace aihub::policy
