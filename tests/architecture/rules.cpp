#include "rules.hpp"

#include "banned_calls.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <tuple>

namespace aihub::architecture {
namespace {

std::string trim(std::string_view part) {
    const auto first = part.find_first_not_of(' ');
    if (first == std::string_view::npos) {
        return {};
    }
    return std::string(part.substr(first, part.find_last_not_of(' ') - first + 1));
}

bool covers(const Allowance& allowance, const Finding& finding) {
    return !allowance.reason.empty() && allowance.rule == finding.rule &&
           fnmatch(allowance.what.c_str(), finding.path.c_str(), 0) == 0;
}

// Words are taken out of the text before it is searched, so they are in use as long as they stand somewhere in host/.
bool stands_in_host(const Tree& tree, const std::string& word) {
    return std::ranges::any_of(tree.files, [&](const File& file) {
        return file.under("host") && (file.path.find(word) != std::string::npos ||
                                      std::ranges::any_of(file.lines, [&](const std::string& line) {
                                          return line.find(word) != std::string::npos;
                                      }));
    });
}

}  // namespace

Findings check(const Tree& tree) {
    Findings found;
    check_layers(tree, found);
    check_calls(tree, found);
    check_words(tree, found);
    check_shape(tree, found);
    check_docs(tree, found);
    std::ranges::sort(found, {}, [](const Finding& finding) {
        return std::tie(finding.path, finding.line, finding.rule, finding.message);
    });
    return found;
}

std::vector<std::string> rule_names() {
    std::vector<std::string> names = {
        "layer",
        "owner",
        "layers_file",
        "sdk_include",
        "plugin_include",
        "vendor_name",
        "made_how",
        "header_lines",
        "source_lines",
        "blob",
        "file_type",
        "pragma_once",
        "untested",
        "link",
        "lonely_page",
        "title",
        "changelog",
        "stale_allowance",
        "conditional_await"};
    for (const auto& call : banned_calls()) {
        names.emplace_back(call.rule);
    }
    std::ranges::sort(names);
    names.erase(std::ranges::unique(names).begin(), names.end());
    return names;
}

std::vector<Allowance> allowances(const Tree& tree) {
    std::vector<Allowance> all;
    const auto* file = tree.find(kAllowedFile);
    if (file == nullptr) {
        return all;
    }
    for (std::size_t i = 0; i < file->lines.size(); ++i) {
        const std::string_view line = file->lines[i];
        if (line.empty() || line.starts_with('#')) {
            continue;
        }
        const auto first = line.find('|');
        const auto second = first == std::string_view::npos ? first : line.find('|', first + 1);
        if (second == std::string_view::npos) {
            all.push_back({.rule = std::string(line), .what = {}, .reason = {}, .line = i + 1});
            continue;
        }
        all.push_back(
            {.rule = trim(line.substr(0, first)),
             .what = trim(line.substr(first + 1, second - first - 1)),
             .reason = trim(line.substr(second + 1)),
             .line = i + 1}
        );
    }
    return all;
}

Findings without_allowed(const Tree& tree, Findings found) {
    const auto all = allowances(tree);
    Findings stale;
    for (const auto& allowance : all) {
        const auto fits = [&](const Finding& finding) { return covers(allowance, finding); };
        const bool used =
            allowance.rule == "dialect" ? stands_in_host(tree, allowance.what) : std::ranges::any_of(found, fits);
        if (!used || allowance.reason.empty()) {
            const auto* message = allowance.reason.empty() ? "an exception is \"rule | path or word | reason\""
                                                           : "nothing needs this exception: take it out";
            stale.push_back({"stale_allowance", std::string(kAllowedFile), allowance.line, message});
        }
    }
    std::erase_if(found, [&](const Finding& finding) {
        return std::ranges::any_of(all, [&](const Allowance& allowance) { return covers(allowance, finding); });
    });
    found.insert(found.end(), stale.begin(), stale.end());
    return found;
}

std::string text(const Finding& finding) {
    const auto place = finding.line == 0 ? finding.path : finding.path + ":" + std::to_string(finding.line);
    return place + ": " + finding.rule + ": " + finding.message;
}

}  // namespace aihub::architecture
