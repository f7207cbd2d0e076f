// The rules of the house. Each function looks at the whole tree and returns every breach, allowed or not.
#pragma once

#include "tree.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aihub::architecture {

using Findings = std::vector<Finding>;

// layer, owner, layers_file: which module includes what, read from host/layers.txt; sdk_include, plugin_include.
void check_layers(const Tree& tree, Findings& found);
// wall_clock, steady_clock, thread, ...: calls that have a better replacement. See banned_calls() for the list.
// conditional_await: co_await as an operand of ?:.
void check_calls(const Tree& tree, Findings& found);
// vendor_name: no company's or product's name under host/, but for the public wire formats in allowed.txt; made_how.
void check_words(const Tree& tree, Findings& found);
// header_lines, source_lines, blob, file_type, pragma_once, untested.
void check_shape(const Tree& tree, Findings& found);
// link, lonely_page, title, changelog.
void check_docs(const Tree& tree, Findings& found);

// All of them, in the order of path and line.
[[nodiscard]] Findings check(const Tree& tree);
// The name of every rule, "stale_allowance" included.
[[nodiscard]] std::vector<std::string> rule_names();

// The exceptions in tests/architecture/allowed.txt, one a line: "rule | path or word | reason". A path may hold `*`.
struct Allowance {
    std::string rule;
    std::string what;
    std::string reason;
    std::size_t line = 0;
};
inline constexpr std::string_view kAllowedFile = "tests/architecture/allowed.txt";
[[nodiscard]] std::vector<Allowance> allowances(const Tree& tree);
// `found` without what is allowed; with a finding for each exception that nothing needs any more or that gives no
// reason.
[[nodiscard]] Findings without_allowed(const Tree& tree, Findings found);

// "host/net/x.cpp:12: layer: net may not include gateway"
[[nodiscard]] std::string text(const Finding& finding);

}  // namespace aihub::architecture
