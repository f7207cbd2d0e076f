#include "tree.hpp"

#include "code_text.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

namespace aihub::architecture {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 4> kMadeByTools = {".git", "build", "var", "node_modules"};
constexpr std::uintmax_t kTextBytesMax = 1 << 20;

std::vector<std::string> split_lines(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(std::move(line));
    }
    return lines;
}

File read_file(const fs::path& path, std::string relative) {
    File file;
    file.path = std::move(relative);
    file.bytes = fs::file_size(path);
    if (file.bytes > kTextBytesMax) {
        return file;
    }
    std::ifstream stream(path, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
    if (text.find('\0') != std::string::npos) {
        return file;
    }
    file.lines = split_lines(text);
    if (file.is_header() || file.is_source()) {
        file.code = split_lines(blank(text, Blank::comments_and_literals));
        file.uncommented = split_lines(blank(text, Blank::comments));
    }
    return file;
}

}  // namespace

bool File::under(std::string_view folder) const {
    return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

std::string_view File::name() const {
    return std::string_view(path).substr(path.rfind('/') + 1);
}

std::string_view File::module() const {
    constexpr std::string_view kHost = "host/";
    const auto end = path.find('/', kHost.size());
    if (!path.starts_with(kHost) || end == std::string::npos) {
        return {};
    }
    return std::string_view(path).substr(kHost.size(), end - kHost.size());
}

Tree Tree::read(const fs::path& root, const std::vector<std::string>& leave_out) {
    Tree tree{.root = root, .files = {}};
    for (auto entry = fs::recursive_directory_iterator(root); entry != fs::recursive_directory_iterator(); ++entry) {
        const auto relative = fs::relative(entry->path(), root).generic_string();
        const auto name = entry->path().filename().string();
        // In a second work tree of the repository, .git is a file.
        const bool made =
            (entry->is_directory() || name == ".git") && std::ranges::find(kMadeByTools, name) != kMadeByTools.end();
        if (made || std::ranges::find(leave_out, relative) != leave_out.end()) {
            entry.disable_recursion_pending();
            continue;
        }
        if (entry->is_regular_file() && !entry->is_symlink()) {
            tree.files.push_back(read_file(entry->path(), relative));
        }
    }
    std::ranges::sort(tree.files, {}, &File::path);
    return tree;
}

const File* Tree::find(std::string_view path) const {
    const auto found =
        std::ranges::lower_bound(files, path, {}, [](const File& file) -> std::string_view { return file.path; });
    return found != files.end() && found->path == path ? &*found : nullptr;
}

}  // namespace aihub::architecture
