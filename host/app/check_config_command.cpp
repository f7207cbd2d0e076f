#include "app/command_line.hpp"
#include "app/options.hpp"
#include "base/json_text.hpp"

#include <iostream>

namespace aihub::app {

int check_config_command(const std::vector<std::string>& arguments) {
    CommandSpec spec{
        "aihub check-config FILE [--json]",
        "Reads a configuration as `aihub serve` would, with the plugins that it names, and says what is wrong: file,\n"
        "line, column, and what to do. Starts nothing. The exit status is 0 when it can be used.",
        {{"json", "", "problems for machines: {\"ok\",\"problems\":[{file,line,column,path,message}]}"}},
        1};
    Parsed parsed;
    if (const auto status = parse_or_explain(spec, arguments, parsed)) {
        return *status;
    }
    if (parsed.operands.empty()) {
        std::cerr << "error: name the file; see aihub check-config --help\n";
        return kExitUsage;
    }
    const auto loaded = config::load_file(parsed.operands.front(), config::Sources::process(), plugin_presets);
    if (parsed.has("json")) {
        std::string text = loaded.snapshot ? "{\"ok\":true,\"problems\":[" : "{\"ok\":false,\"problems\":[";
        for (const auto& problem : loaded.problems) {
            text += text.back() == '[' ? "{\"file\":" : ",{\"file\":";
            append_json_string(text, problem.file);
            text += ",\"line\":" + std::to_string(problem.line) + ",\"column\":" + std::to_string(problem.column);
            text += ",\"path\":";
            append_json_string(text, problem.path);
            text += ",\"message\":";
            append_json_string(text, problem.message);
            text += "}";
        }
        std::cout << text << "]}\n";
    } else {
        for (const auto& problem : loaded.problems) {
            std::cerr << problem.text() << "\n";
        }
        if (loaded.snapshot) {
            std::cout << parsed.operands.front() << ": can be used; " << loaded.snapshot->providers.size()
                      << " provider(s), " << loaded.snapshot->models.size() << " alias(es)\n";
        }
    }
    return loaded.snapshot ? kExitOk : kExitFailed;
}

}  // namespace aihub::app
