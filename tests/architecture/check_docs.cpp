#include "rules.hpp"

#include <algorithm>
#include <cctype>
#include <set>

namespace aihub::architecture {
namespace {

namespace fs = std::filesystem;

struct Link {
    std::size_t line = 0;
    std::string target;
};

bool is_fence(const std::string& line) {
    return line.starts_with("```");
}

// `[text](target)` outside code blocks; `code` in a line does not count.
std::vector<Link> links(const File& page) {
    std::vector<Link> all;
    bool in_code = false;
    for (std::size_t i = 0; i < page.lines.size(); ++i) {
        const auto& line = page.lines[i];
        in_code ^= is_fence(line);
        for (auto at = line.find("]("); !in_code && at != std::string::npos; at = line.find("](", at + 1)) {
            const auto close = line.find(')', at);
            const bool quoted = std::ranges::count(line.substr(0, at), '`') % 2 == 1;
            if (close != std::string::npos && !quoted) {
                all.push_back({i + 1, line.substr(at + 2, close - at - 2)});
            }
        }
    }
    return all;
}

// As the usual renderers make it: lower case, words joined by hyphens, punctuation dropped.
std::string anchor_of(std::string_view heading) {
    std::string anchor;
    for (const char c : heading) {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-') {
            anchor += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        } else if (c == ' ') {
            anchor += '-';
        }
    }
    return anchor;
}

bool has_anchor(const File& page, const std::string& anchor) {
    bool in_code = false;
    for (const auto& line : page.lines) {
        in_code ^= is_fence(line);
        if (in_code || !line.starts_with('#')) {
            continue;
        }
        const auto start = line.find_first_not_of("# ");
        if (start != std::string::npos && anchor_of(std::string_view(line).substr(start)) == anchor) {
            return true;
        }
    }
    return false;
}

// What `target` on `page` points at, from the root; empty for the page itself.
std::string resolve(const File& page, const std::string& target) {
    const auto path = target.substr(0, target.find('#'));
    if (path.empty()) {
        return page.path;
    }
    auto resolved = (fs::path(page.path).parent_path() / path).lexically_normal().generic_string();
    if (resolved.ends_with('/')) {
        resolved.pop_back();
    }
    return resolved;
}

bool exists(const Tree& tree, const std::string& path) {
    return !path.starts_with("..") &&
           (tree.find(path) != nullptr ||
            std::ranges::any_of(tree.files, [&](const File& file) { return file.under(path); }));
}

bool is_outside(const std::string& target) {
    return target.starts_with("http://") || target.starts_with("https://") || target.starts_with("mailto:");
}

void check_links(const Tree& tree, const File& page, std::set<std::string>& linked, Findings& found) {
    for (const auto& link : links(page)) {
        if (is_outside(link.target)) {
            continue;
        }
        const auto path = resolve(page, link.target);
        if (path != page.path) {
            linked.insert(path);
        }
        const auto hash = link.target.find('#');
        const auto* target = tree.find(path);
        if (!exists(tree, path)) {
            found.push_back({"link", page.path, link.line, "there is no " + path});
        } else if (hash != std::string::npos && target != nullptr && !has_anchor(*target, link.target.substr(hash + 1))) {
            found.push_back({"link", page.path, link.line, path + " has no heading " + link.target.substr(hash)});
        }
    }
}

bool has_line(const File* file, std::string_view line) {
    return file != nullptr && std::ranges::find(file->lines, line) != file->lines.end();
}

}  // namespace

void check_docs(const Tree& tree, Findings& found) {
    std::set<std::string> linked;
    for (const auto& page : tree.files) {
        if (!page.ends_with(".md") || page.under("docs/operations.d")) {
            continue;
        }
        check_links(tree, page, linked, found);
        if (page.lines.empty() || !page.lines.front().starts_with("# ")) {
            found.push_back({"title", page.path, 0, "a page begins with \"# \" and its title"});
        }
    }
    for (const auto& page : tree.files) {
        if (page.under("docs") && page.ends_with(".md") && !page.under("docs/operations.d") &&
            !linked.contains(page.path)) {
            found.push_back({"lonely_page", page.path, 0, "no other page links to it"});
        }
    }
    if (!has_line(tree.find("CHANGELOG.md"), "## Unreleased")) {
        found.push_back({"changelog", "CHANGELOG.md", 0, "needs a section \"## Unreleased\""});
    }
}

}  // namespace aihub::architecture
