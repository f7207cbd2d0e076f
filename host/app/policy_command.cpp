#include "app/command_line.hpp"
#include "app/options.hpp"
#include "app/policy_commands.hpp"
#include "app/policy_names.hpp"
#include "base/clock.hpp"
#include "config/load.hpp"
#include "policy/bundle.hpp"
#include "policy/lint.hpp"
#include "policy/self_check.hpp"
#include "policy/spec_run.hpp"

#include <array>
#include <iostream>
#include <memory>
#include <optional>

namespace aihub::app {

namespace {

constexpr std::size_t kFoldersMax = 256;
constexpr std::chrono::seconds kSelfCheckPatience{30};

// Runs `check` on each folder that was named; it says what it found and whether that was good.
template <class Check>
int for_each_bundle(const CommandSpec& spec, const Parsed& parsed, Check check) {
    if (parsed.operands.empty()) {
        std::cerr << "error: name the folder of the policies, as in " << spec.usage.substr(0, spec.usage.find(" DIR"))
                  << " scripts/data_residency\n";
        return kExitUsage;
    }
    int result = kExitOk;
    for (const auto& folder : parsed.operands) {
        auto bundle = policy::Bundle::load(folder);
        if (!bundle) {
            result = report_failure(bundle.error().message);
        } else if (!check(std::make_shared<const policy::Bundle>(*std::move(bundle)))) {
            result = kExitFailed;
        }
    }
    return result;
}

int lint(const std::vector<std::string>& arguments) {
    const CommandSpec spec{
        "aihub policy lint DIR... [options]",
        "Checks the policies of each folder without a call: syntax, names that there are not, variables that are not\n"
        "local, and whether the files can be loaded. With --config also whether the configuration has the providers,\n"
        "models and experiments that they name. Says file and line of what is wrong.",
        config_options(),
        kFoldersMax};
    Parsed parsed;
    if (const auto status = parse_or_explain(spec, arguments, parsed)) {
        return *status;
    }
    config::SnapshotPtr config;
    std::optional<policy::LintNames> names;
    if (parsed.has("config")) {
        auto read = read_config(config_choice(parsed), config::Sources::process());
        if (!read) {
            return report_failure(read.error().message);
        }
        config = *std::move(read);
        names = policy_names(*config);
    }
    return for_each_bundle(spec, parsed, [&](const std::shared_ptr<const policy::Bundle>& bundle) {
        const auto found = policy::lint(bundle, names ? &*names : nullptr);
        for (const auto& finding : found) {
            std::cout << bundle->name() << "/" << finding.text() << "\n";
        }
        if (found.empty()) {
            std::cout << bundle->name() << ": nothing to complain of; hash " << bundle->hash() << "\n";
        }
        return found.empty();
    });
}

int test(const std::vector<std::string>& arguments) {
    const CommandSpec spec{
        "aihub policy test DIR...",
        "Runs the specs (*_spec.lua) of each folder in the sandbox that policies run in, and says which failed, which\n"
        "lines of the policies were never run, and what share of its steps each hook used at most.",
        {},
        kFoldersMax};
    Parsed parsed;
    if (const auto status = parse_or_explain(spec, arguments, parsed)) {
        return *status;
    }
    return for_each_bundle(spec, parsed, [](const std::shared_ptr<const policy::Bundle>& bundle) {
        const auto report = policy::run_specs(bundle);
        if (!report) {
            report_failure(report.error().message);
            return false;
        }
        std::cout << bundle->label() << "\n" << policy::text_report(*report);
        return report->passed();
    });
}

int self_check(const std::vector<std::string>& arguments) {
    const CommandSpec spec{
        "aihub policy self-check",
        "Runs scripts that try to break out of their limits, in a process of their own, and says whether all were "
        "held.",
        {}};
    Parsed parsed;
    if (const auto status = parse_or_explain(spec, arguments, parsed)) {
        return *status;
    }
    const SystemClock clock;
    const auto cases = policy::built_in_cases();
    const auto checked = policy::self_check(cases, clock, kSelfCheckPatience);
    if (!checked) {
        return report_failure(checked.error().message);
    }
    std::cout << "all " << cases.size() << " scripts were held\n";
    return kExitOk;
}

struct PolicyCommand {
    std::string_view name;
    int (*run)(const std::vector<std::string>& arguments);
    std::string_view help;
};

constexpr std::array kPolicyCommands{
    PolicyCommand{"lint", lint, "say what is wrong with policies, without a call"},
    PolicyCommand{"test", test, "run the specs of policies"},
    PolicyCommand{"replay", policy_replay, "ask a bundle what recorded calls asked: is it the same, what would change"},
    PolicyCommand{"explain", policy_explain, "show what led to the decisions about a call, line by line"},
    PolicyCommand{"activate", policy_activate, "make a bundle run: for all, for a share of the callers, or in shadow"},
    PolicyCommand{"rollback", policy_rollback, "take back what was activated last"},
    PolicyCommand{"history", policy_history, "show what was activated when, by whom and why"},
    PolicyCommand{"status", policy_status, "show what runs"},
    PolicyCommand{"self-check", self_check, "show that the limits of policies hold on this machine"},
};

void show_policy_help(std::ostream& out) {
    out << "usage: aihub policy <command> [options]\n\n";
    for (const auto& command : kPolicyCommands) {
        out << "  " << command.name << std::string(12 - command.name.size(), ' ') << command.help << "\n";
    }
    out << "\n`aihub policy test --help` tells more.\n";
}

}  // namespace

int policy_command(const std::vector<std::string>& arguments) {
    const std::string name = arguments.empty() ? "" : arguments.front();
    const std::vector<std::string> rest(arguments.empty() ? arguments.begin() : arguments.begin() + 1, arguments.end());
    for (const auto& command : kPolicyCommands) {
        if (command.name == name) {
            return command.run(rest);
        }
    }
    const bool help = name == "--help" || name == "-h";
    show_policy_help(help ? std::cout : std::cerr);
    return help ? kExitOk : kExitUsage;
}

}  // namespace aihub::app
