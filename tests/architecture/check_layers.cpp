#include "rules.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <sstream>

namespace aihub::architecture {
namespace {

constexpr std::string_view kLayersFile = "host/layers.txt";
constexpr std::string_view kModulesFile = "host/CMakeLists.txt";

// A header or folder of headers that is not ours, and the files of a module that may include it.
struct Ownership {
    std::string header;        // "boost/asio": that folder and boost/asio.hpp
    std::string file_pattern;  // "*_sql.cpp", or "*"
};

struct Module {
    std::set<std::string> may_include;
    std::vector<Ownership> owns;
};

struct Layers {
    std::map<std::string, Module, std::less<>> modules;
    std::set<std::string> owned;
};

struct Include {
    std::size_t line = 0;
    std::string path;
    bool quoted = false;
};

std::vector<std::string> words(const std::string& text) {
    std::istringstream stream(text);
    return {std::istream_iterator<std::string>(stream), std::istream_iterator<std::string>()};
}

Ownership ownership(const std::string& word) {
    const auto at = word.find('@');
    return {word.substr(0, at), at == std::string::npos ? "*" : word.substr(at + 1)};
}

Layers read_layers(const File& file, Findings& found) {
    Layers layers;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
        const auto& line = file.lines[i];
        const auto colon = line.find(':');
        if (line.starts_with('#') || colon == std::string::npos) {
            continue;
        }
        Module module;
        bool owner = false;
        for (const auto& word : words(line.substr(colon + 1))) {
            if (word == "owns") {
                owner = true;
            } else if (owner) {
                module.owns.push_back(ownership(word));
                layers.owned.insert(module.owns.back().header);
            } else if (layers.modules.contains(word)) {
                module.may_include.insert(word);
            } else {
                found.push_back({"layers_file", file.path, i + 1, word + " does not stand above this line"});
            }
        }
        layers.modules.emplace(line.substr(0, colon), std::move(module));
    }
    return layers;
}

std::optional<Include> include_of(const File& file, std::size_t index) {
    const auto& line = file.uncommented[index];
    const auto hash = line.find_first_not_of(' ');
    const auto word = line.find("include");
    if (hash == std::string::npos || line[hash] != '#' || word == std::string::npos) {
        return std::nullopt;
    }
    const auto open = line.find_first_of("<\"", word);
    const auto close = open == std::string::npos ? open : line.find_first_of(">\"", open + 1);
    if (close == std::string::npos) {
        return std::nullopt;
    }
    return Include{index + 1, line.substr(open + 1, close - open - 1), line[open] == '"'};
}

std::vector<Include> includes(const File& file) {
    std::vector<Include> all;
    for (std::size_t i = 0; i < file.uncommented.size(); ++i) {
        if (auto include = include_of(file, i)) {
            all.push_back(std::move(*include));
        }
    }
    return all;
}

std::string first_folder(const std::string& path) {
    const auto slash = path.find('/');
    return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

bool belongs_to(const std::string& include, const std::string& header) {
    return include == header || include.starts_with(header + "/") || include.starts_with(header + ".");
}

bool may_own(const Module& module, const File& file, const std::string& include) {
    return std::ranges::any_of(module.owns, [&](const Ownership& own) {
        return belongs_to(include, own.header) &&
               fnmatch(own.file_pattern.c_str(), std::string(file.name()).c_str(), 0) == 0;
    });
}

void check_host_file(const Layers& layers, const File& file, Findings& found) {
    const std::string name(file.module());
    const auto module = layers.modules.find(name);
    if (module == layers.modules.end()) {
        found.push_back({"layers_file", file.path, 0, "host/layers.txt has no line for its folder"});
        return;
    }
    for (const auto& include : includes(file)) {
        const auto target = first_folder(include.path);
        if (include.quoted && !layers.modules.contains(target)) {
            found.push_back({"layer", file.path, include.line, "write \"module/file.hpp\", not " + include.path});
        } else if (include.quoted && target != name && !module->second.may_include.contains(target)) {
            found.push_back({"layer", file.path, include.line, name + " may not include " + target});
        }
        const bool owned = std::ranges::any_of(layers.owned, [&](const std::string& header) {
            return belongs_to(include.path, header);
        });
        if (!include.quoted && owned && !may_own(module->second, file, include.path)) {
            found.push_back({"owner", file.path, include.line, include.path + " belongs to another module or file"});
        }
    }
}

void check_sdk_file(const File& file, Findings& found) {
    for (const auto& include : includes(file)) {
        if (include.quoted || (first_folder(include.path) != "aihub" && include.path.find('/') != std::string::npos)) {
            found.push_back(
                {"sdk_include", file.path, include.line, "the SDK includes <aihub/...> and the standard library only"}
            );
        }
    }
}

void check_plugin_file(const Layers& layers, const File& file, Findings& found) {
    for (const auto& include : includes(file)) {
        const auto target = first_folder(include.path);
        if (layers.modules.contains(target) || target == "host" || include.path.starts_with("../")) {
            found.push_back({"plugin_include", file.path, include.line, "a plugin sees the SDK, not the host"});
        }
    }
}

// The link line of each module says the same as its line in layers.txt.
void check_link_lines(const Layers& layers, const File& file, Findings& found) {
    constexpr std::string_view kCall = "aihub_module(";
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
        const auto& line = file.lines[i];
        if (!line.starts_with(kCall)) {
            continue;
        }
        auto parts = words(line.substr(kCall.size(), line.rfind(')') - kCall.size()));
        const auto module = layers.modules.find(parts.front());
        const auto deps = std::ranges::find(parts, "DEPS");
        const auto libs = std::ranges::find(parts, "LIBS");
        const std::set<std::string> linked =
            deps < libs ? std::set<std::string>(deps + 1, libs) : std::set<std::string>();
        if (module == layers.modules.end() || linked != module->second.may_include) {
            found.push_back({"layers_file", file.path, i + 1, "DEPS differ from the line in host/layers.txt"});
        }
    }
}

}  // namespace

void check_layers(const Tree& tree, Findings& found) {
    const auto* file = tree.find(kLayersFile);
    if (file == nullptr) {
        found.push_back({"layers_file", std::string(kLayersFile), 0, "is missing"});
        return;
    }
    const auto layers = read_layers(*file, found);
    if (const auto* modules = tree.find(kModulesFile)) {
        check_link_lines(layers, *modules, found);
    }
    for (const auto& source : tree.files) {
        if (!source.is_header() && !source.is_source()) {
            continue;
        }
        if (source.under("host")) {
            check_host_file(layers, source, found);
        } else if (source.under("sdk/include")) {
            check_sdk_file(source, found);
        } else if (source.under("plugins")) {
            check_plugin_file(layers, source, found);
        }
    }
}

}  // namespace aihub::architecture
