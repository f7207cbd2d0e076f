// The files of a source tree, as the rules see them.
#pragma once

#include <compare>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::architecture {

struct File {
    std::string path;  // from the root, with slashes: "host/base/clock.hpp"
    std::uintmax_t bytes = 0;
    std::vector<std::string> lines;        // empty for files that are not text
    std::vector<std::string> code;         // C and C++ only: the lines with comments and literals blanked out
    std::vector<std::string> uncommented;  // C and C++ only: the lines with comments blanked out

    // "host/base/clock.hpp" is under "host", not under "hos".
    [[nodiscard]] bool under(std::string_view folder) const;
    [[nodiscard]] bool ends_with(std::string_view ending) const { return path.ends_with(ending); }
    [[nodiscard]] bool is_header() const { return ends_with(".hpp") || ends_with(".h"); }
    [[nodiscard]] bool is_source() const { return ends_with(".cpp") || ends_with(".c"); }
    // The last part of the path.
    [[nodiscard]] std::string_view name() const;
    // "host/<module>/...": the module; else empty.
    [[nodiscard]] std::string_view module() const;
};

struct Tree {
    std::filesystem::path root;
    std::vector<File> files;  // in the order of their paths

    // Everything under `root` but what is made by tools (build, var, node_modules, .git) and the paths in `leave_out`.
    static Tree read(const std::filesystem::path& root, const std::vector<std::string>& leave_out);
    [[nodiscard]] const File* find(std::string_view path) const;
};

// One breach of a rule.
struct Finding {
    std::string rule;
    std::string path;
    std::size_t line = 0;  // from 1; 0: the file as a whole
    std::string message;

    friend auto operator<=>(const Finding&, const Finding&) = default;
};

}  // namespace aihub::architecture
