#include "app/command_line.hpp"
#include "app/options.hpp"
#include "base/clock.hpp"
#include "policy/bundle.hpp"
#include "policy/lint.hpp"
#include "policy/self_check.hpp"
#include "policy/spec_run.hpp"

#include <iostream>
#include <memory>

namespace aihub::app {

namespace {

constexpr std::size_t kFoldersMax = 256;
constexpr std::chrono::seconds kSelfCheckPatience{30};

// Runs `check` on each folder that was named; it says what it found and whether that was good.
template <class Check>
int for_each_bundle(const CommandSpec& spec, const std::vector<std::string>& arguments, Check check) {
    Parsed parsed;
    if (const auto status = parse_or_explain(spec, arguments, parsed)) {
        return *status;
    }
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
        "aihub policy lint DIR...",
        "Checks the policies of each folder without a call: syntax, names that there are not, variables that are not\n"
        "local, and whether the files can be loaded. Says file and line of what is wrong.",
        {},
        kFoldersMax};
    return for_each_bundle(spec, arguments, [](const std::shared_ptr<const policy::Bundle>& bundle) {
        const auto found = policy::lint(bundle);
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
    return for_each_bundle(spec, arguments, [](const std::shared_ptr<const policy::Bundle>& bundle) {
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

}  // namespace

int policy_command(const std::vector<std::string>& arguments) {
    const std::string name = arguments.empty() ? "" : arguments.front();
    const std::vector<std::string> rest(arguments.empty() ? arguments.begin() : arguments.begin() + 1, arguments.end());
    if (name == "lint") {
        return lint(rest);
    }
    if (name == "test") {
        return test(rest);
    }
    if (name == "self-check") {
        return self_check(rest);
    }
    const bool help = name == "--help" || name == "-h";
    (help ? std::cout : std::cerr) << "usage: aihub policy lint|test|self-check [options]\n\n"
                                      "  lint        say what is wrong with policies, without a call\n"
                                      "  test        run the specs of policies\n"
                                      "  self-check  show that the limits of policies hold on this machine\n\n"
                                      "`aihub policy test --help` tells more.\n";
    return help ? kExitOk : kExitUsage;
}

}  // namespace aihub::app
