// Options of one command, on Poco's option parser.
#pragma once

#include "app/config_choice.hpp"
#include "base/result.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace aihub::app {

// One option. `argument` names its value in the help; empty: it has none.
struct OptionSpec {
    std::string name;
    std::string argument;
    std::string help;
    std::string letter = {};  // the short form, "c" for -c; empty: there is none
    bool repeatable = false;  // may be given several times: Parsed::all() has the values
};

// What a command takes. `usage` and `description` are for its help.
struct CommandSpec {
    std::string usage;        // "aihub key create --name NAME [options]"
    std::string description;  // complete sentences
    std::vector<OptionSpec> options;
    std::size_t operands_max = 0;
};

struct Parsed {
    std::map<std::string, std::string> values;               // by option name; of several the last
    std::vector<std::pair<std::string, std::string>> given;  // all, in their order
    std::vector<std::string> operands;
    bool help = false;  // --help was given: show help_text() and stop

    [[nodiscard]] bool has(const std::string& name) const { return values.contains(name); }
    [[nodiscard]] std::string value(const std::string& name) const {
        const auto found = values.find(name);
        return found == values.end() ? std::string() : found->second;
    }
    [[nodiscard]] std::vector<std::string> all(const std::string& name) const;
};

// `--name value` and `--name=value`, in any order with the operands. An error names the wrong word and says where the
// help is.
[[nodiscard]] Result<Parsed> parse_options(const CommandSpec& spec, const std::vector<std::string>& arguments);
[[nodiscard]] std::string help_text(const CommandSpec& spec);

// --config and --data, which most commands have.
[[nodiscard]] std::vector<OptionSpec> config_options();
[[nodiscard]] ConfigChoice config_choice(const Parsed& parsed);

// Parses; on --help or an error writes it and gives the exit status to return.
[[nodiscard]] std::optional<int> parse_or_explain(
    const CommandSpec& spec, const std::vector<std::string>& arguments, Parsed& parsed
);

// "error: ..." to standard error; gives kExitFailed.
int report_failure(const std::string& message);

}  // namespace aihub::app
