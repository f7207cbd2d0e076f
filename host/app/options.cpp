#include "app/options.hpp"

#include "app/command_line.hpp"

#include <Poco/Exception.h>
#include <Poco/Util/HelpFormatter.h>
#include <Poco/Util/Option.h>
#include <Poco/Util/OptionException.h>
#include <Poco/Util/OptionProcessor.h>
#include <Poco/Util/OptionSet.h>

#include <iostream>
#include <sstream>

namespace aihub::app {

namespace {

using Poco::Util::Option;
using Poco::Util::OptionSet;

OptionSet option_set(const CommandSpec& spec) {
    OptionSet set;
    for (const auto& option : spec.options) {
        Option made(option.name, option.letter, option.help);
        if (!option.argument.empty()) {
            made.argument(option.argument, true);
        }
        made.repeatable(option.repeatable);
        set.addOption(made);
    }
    set.addOption(Option("help", "h", "show this help"));
    return set;
}

// "aihub key create" of "aihub key create --name NAME [options]".
std::string command_name(const CommandSpec& spec) {
    std::istringstream words(spec.usage);
    std::string name;
    for (std::string word;
         words >> word && word.find_first_of("-[<") != 0 && word.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 0;) {
        name += (name.empty() ? "" : " ") + word;
    }
    return name;
}

}  // namespace

std::vector<std::string> Parsed::all(const std::string& name) const {
    std::vector<std::string> found;
    for (const auto& [option, value] : given) {
        if (option == name) {
            found.push_back(value);
        }
    }
    return found;
}

Result<Parsed> parse_options(const CommandSpec& spec, const std::vector<std::string>& arguments) {
    Parsed parsed;
    const OptionSet set = option_set(spec);
    Poco::Util::OptionProcessor processor(set);
    processor.setUnixStyle(true);
    const auto wrong = [&](const std::string& what) {
        return Error{Errc::invalid_request, what + "; see " + command_name(spec) + " --help"};
    };
    try {
        for (const auto& argument : arguments) {
            std::string name;
            std::string value;
            if (!processor.process(argument, name, value)) {
                parsed.operands.push_back(argument);
            } else if (name == "help") {
                parsed.help = true;
            } else if (!name.empty()) {
                parsed.values[name] = value;
                parsed.given.emplace_back(name, value);
            }
        }
        if (!parsed.help) {
            processor.checkRequired();
        }
    } catch (const Poco::Util::UnknownOptionException& error) {
        return wrong("unknown option --" + error.message());
    } catch (const Poco::Util::MissingArgumentException& error) {
        return wrong("a value is missing: " + error.message());
    } catch (const Poco::Exception& error) {
        return wrong(error.displayText());
    }
    if (!parsed.help && parsed.operands.size() > spec.operands_max) {
        return wrong("unexpected \"" + parsed.operands[spec.operands_max] + "\"");
    }
    return parsed;
}

std::string help_text(const CommandSpec& spec) {
    const OptionSet set = option_set(spec);
    Poco::Util::HelpFormatter formatter(set);
    formatter.setUnixStyle(true);
    formatter.setAutoIndent();
    formatter.setWidth(100);
    std::ostringstream options;
    formatter.format(options);
    std::string text = options.str();
    // The formatter begins with a usage line of its own, which says less than ours.
    if (const auto end = text.find('\n'); text.starts_with("usage:") && end != std::string::npos) {
        text.erase(0, end + 1);
    }
    while (text.starts_with('\n')) {
        text.erase(0, 1);
    }
    return "usage: " + spec.usage + "\n\n" + spec.description + "\n\n" + text;
}

std::vector<OptionSpec> config_options() {
    return {
        {"config", "FILE", "configuration file; without it built-in values and what the environment offers", "c"},
        {"data", "DIR", "where database, pepper and first key are kept; \"var\" by default"},
    };
}

ConfigChoice config_choice(const Parsed& parsed) {
    return {parsed.value("config"), parsed.value("listen"), parsed.value("data")};
}

std::optional<int> parse_or_explain(
    const CommandSpec& spec, const std::vector<std::string>& arguments, Parsed& parsed
) {
    auto result = parse_options(spec, arguments);
    if (!result) {
        std::cerr << "error: " << result.error().message << "\n";
        return kExitUsage;
    }
    parsed = *std::move(result);
    if (parsed.help) {
        std::cout << help_text(spec);
        return kExitOk;
    }
    return std::nullopt;
}

int report_failure(const std::string& message) {
    std::cerr << "error: " << message << "\n";
    return kExitFailed;
}

}  // namespace aihub::app
