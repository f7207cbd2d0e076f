#include "app/command_line.hpp"

#include "app/options.hpp"
#include "app/version.hpp"
#include "base/json_text.hpp"

#include <aihub/abi.h>

#include <array>
#include <iostream>
#include <string_view>

namespace aihub::app {

namespace {

struct Command {
    std::string_view name;
    int (*run)(const std::vector<std::string>& arguments);
    std::string_view help;
};

constexpr std::array kCommands{
    Command{"serve", serve_command, "start the gateway"},
    Command{"upgrade", upgrade_command, "replace a running gateway by a new process without losing a connection"},
    Command{"check-config", check_config_command, "read a configuration and say what is wrong with it"},
    Command{"key", key_command, "create, list and revoke API keys"},
    Command{"plugin", plugin_command, "list, check and begin plugins"},
    Command{"policy", policy_command, "check, test and activate Lua policies"},
    Command{"experiment", experiment_command, "show experiments and how their arms do"},
    Command{"version", version_command, "show the version"},
};

void show_help(std::ostream& out) {
    out << "usage: aihub <command> [options]\n\n"
           "AI Hub stands between applications and AI providers: one address, one key, every model.\n\n";
    for (const auto& command : kCommands) {
        out << "  " << command.name << std::string(16 - command.name.size(), ' ') << command.help << "\n";
    }
    out << "\n`aihub <command> --help` tells more. To begin: aihub serve\n";
}

}  // namespace

int version_command(const std::vector<std::string>& arguments) {
    const CommandSpec spec{
        "aihub version [--json]",
        "Shows the version of the program and of its plugin ABI.",
        {{"json", "", "for machines"}}};
    Parsed parsed;
    if (const auto status = parse_or_explain(spec, arguments, parsed)) {
        return *status;
    }
    const std::string abi = std::to_string(AIHUB_ABI_MAJOR) + "." + std::to_string(AIHUB_ABI_MINOR);
    if (parsed.has("json")) {
        std::cout << "{\"version\":\"" << kVersion << "\",\"plugin_abi\":\"" << abi << "\"}\n";
    } else {
        std::cout << "aihub " << kVersion << " (plugin ABI " << abi << ")\n";
    }
    return kExitOk;
}

int run_command_line(const std::vector<std::string>& arguments) {
    if (arguments.empty()) {
        show_help(std::cerr);
        return kExitUsage;
    }
    const auto& name = arguments.front();
    if (name == "help" || name == "--help" || name == "-h") {
        show_help(std::cout);
        return kExitOk;
    }
    const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
    if (name == "--version") {
        return version_command(rest);
    }
    for (const auto& command : kCommands) {
        if (command.name == name) {
            return command.run(rest);
        }
    }
    std::cerr << "error: there is no command \"" << name << "\"; see aihub --help\n";
    return kExitUsage;
}

}  // namespace aihub::app
