#include "policy/lint.hpp"

#include "policy/bytecode.hpp"
#include "policy/library.hpp"
#include "policy/policy_state.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>

namespace aihub::policy {

namespace {

constexpr std::array<std::string_view, 3> kSpecNames{"describe", "it", "expect"};

bool is_known(std::string_view name, bool spec) {
    return name == "aihub" || is_library_name(name) ||
           (spec && std::ranges::find(kSpecNames, name) != kSpecNames.end());
}

// "route.lua:3: why"
LintFinding finding_of(const SourceFile& file, std::string_view error) {
    LintFinding found{file.name, 0, std::string(error)};
    const std::string begin = file.name + ":";
    const auto behind = error.find(": ");
    if (error.starts_with(begin) && behind != std::string_view::npos && behind > begin.size()) {
        (void)std::from_chars(error.data() + begin.size(), error.data() + behind, found.line);
        found.message = error.substr(behind + 2);
    }
    return found;
}

// Why there is no such name; empty: there is, or it cannot be told.
std::string what_is_missing(const NameUse& use, const Bundle& bundle, const LintNames* names) {
    const auto unless = [&](bool known, const std::string& why) { return known ? "" : why; };
    const auto configured = [&](bool known, const char* what) {
        return unless(known, "the configuration has no " + std::string(what) + " \"" + use.name + "\"");
    };
    switch (use.kind) {
        case Named::data:
            return unless(
                bundle.data(use.name) != nullptr,
                "the bundle has no data \"" + use.name + "\"; add " + use.name + ".csv or " + use.name + ".json"
            );
        case Named::module: {
            const auto* module = bundle.find(use.name + ".lua");
            return unless(module != nullptr && !module->is_spec(), "the bundle has no " + use.name + ".lua");
        }
        case Named::provider:
            return names == nullptr ? "" : configured(names->providers.contains(use.name), "provider");
        case Named::model:
            return names == nullptr ? "" : configured(names->has_model(use.name), "model");
        case Named::experiment:
            return names == nullptr ? "" : configured(names->experiments.contains(use.name), "experiment");
    }
    return "";
}

void lint_file(const SourceFile& file, const Bundle& bundle, const LintNames* names, std::vector<LintFinding>& found) {
    const auto compiled = compile_file(file);
    if (!compiled) {
        found.push_back(finding_of(file, compiled.error().message));
        return;
    }
    for (const auto& use : compiled->globals) {
        if (use.written) {
            found.push_back(
                {file.name, use.line, "global \"" + use.name + "\" is assigned; write `local " + use.name + "`"}
            );
        } else if (!is_known(use.name, file.is_spec())) {
            found.push_back(
                {file.name, use.line, "there is no \"" + use.name + "\"; declare it with `local`, or correct the name"}
            );
        }
    }
    if (file.is_spec()) {
        return;
    }
    for (const auto& use : compiled->names) {
        if (auto why = what_is_missing(use, bundle, names); !why.empty()) {
            found.push_back({file.name, use.line, std::move(why)});
        }
    }
}

}  // namespace

std::string LintFinding::text() const {
    return (file.empty() ? "" : file + (line > 0 ? ":" + std::to_string(line) : "") + ": ") + message;
}

std::vector<LintFinding> lint(const std::shared_ptr<const Bundle>& bundle, const LintNames* names) {
    std::vector<LintFinding> found;
    for (const auto& file : bundle->files()) {
        if (file.is_lua()) {
            lint_file(file, *bundle, names, found);
        }
    }
    std::ranges::stable_sort(found, [](const LintFinding& a, const LintFinding& b) {
        return std::tie(a.file, a.line) < std::tie(b.file, b.line);
    });
    found.erase(std::unique(found.begin(), found.end()), found.end());
    if (found.empty()) {
        if (const auto state = PolicyState::open(bundle, StateOptions()); !state) {
            found.push_back({"", 0, state.error().message});
        }
    }
    return found;
}

}  // namespace aihub::policy
