#include "rules.hpp"

#include <algorithm>
#include <array>

namespace aihub::architecture {
namespace {

constexpr std::size_t kHeaderLinesMax = 300;
constexpr std::size_t kSourceLinesMax = 600;
constexpr std::uintmax_t kFileBytesMax = 256 * 1024;

constexpr std::array<std::string_view, 26> kEndings = {
    ".hpp", ".cpp", ".h",  ".c",   ".in", ".map", ".cmake", ".txt",     ".md",  ".yaml",     ".yml",  ".json", ".jsonl",
    ".lua", ".csv", ".js", ".mjs", ".sh", ".sql", ".conf",  ".service", ".pem", ".expected", ".supp", ".sse",  ".svg"};
constexpr std::array<std::string_view, 8> kNames = {
    "dev", "run", "LICENSE", ".gitignore", ".clang-format", ".clang-tidy", ".editorconfig", ".npmrc"};
// Recorded bytes have whatever name says best what they are.
constexpr std::array<std::string_view, 2> kRecorded = {"tests/golden", "tests/fuzz"};

bool is_known_type(const File& file) {
    const auto fits = [&](std::string_view ending) { return file.ends_with(ending); };
    const auto inside = [&](std::string_view folder) { return file.under(folder); };
    return std::ranges::any_of(kEndings, fits) || std::ranges::find(kNames, file.name()) != kNames.end() ||
           std::ranges::any_of(kRecorded, inside);
}

// The headers that are C, too, may have the guard that every C compiler knows.
bool is_read_once(const File& file) {
    return std::ranges::any_of(file.code, [&](const std::string& line) {
        return line.starts_with("#pragma once") || (file.ends_with(".h") && line.starts_with("#ifndef AIHUB_"));
    });
}

// host/net/chunked.cpp is tested by tests/unit/net/chunked_test.cpp.
std::string test_of(const File& source) {
    auto path = source.path;
    path.replace(0, std::string_view("host/").size(), "tests/unit/");
    path.replace(path.rfind('.'), std::string::npos, "_test.cpp");
    return path;
}

void check_file(const Tree& tree, const File& file, Findings& found) {
    const auto report = [&](std::string_view rule, std::string message) {
        found.push_back({std::string(rule), file.path, 0, std::move(message)});
    };
    if (file.is_header() && file.lines.size() > kHeaderLinesMax) {
        report("header_lines", std::to_string(file.lines.size()) + " lines, at most 300: it does two things");
    }
    if (file.is_source() && file.lines.size() > kSourceLinesMax) {
        report("source_lines", std::to_string(file.lines.size()) + " lines, at most 600: it does two things");
    }
    if (file.bytes > kFileBytesMax) {
        report("blob", std::to_string(file.bytes) + " bytes, at most 262144");
    }
    if (!is_known_type(file)) {
        report("file_type", "an ending that nothing here reads");
    }
    if (file.is_header() && !is_read_once(file)) {
        report("pragma_once", "a header begins with #pragma once");
    }
    if (!file.module().empty() && file.ends_with(".cpp") && tree.find(test_of(file)) == nullptr) {
        report("untested", "write " + test_of(file));
    }
}

}  // namespace

void check_shape(const Tree& tree, Findings& found) {
    for (const auto& file : tree.files) {
        check_file(tree, file, found);
    }
}

}  // namespace aihub::architecture
