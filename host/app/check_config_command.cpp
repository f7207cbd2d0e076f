#include "app/command_line.hpp"
#include "app/config_files.hpp"
#include "app/options.hpp"
#include "base/json_text.hpp"

#include <iostream>

namespace aihub::app {

namespace {

void append_problems(std::string& text, const std::vector<config::Problem>& problems) {
    text += "[";
    for (const auto& problem : problems) {
        text += text.back() == '[' ? "{\"file\":" : ",{\"file\":";
        append_json_string(text, problem.file);
        text += ",\"line\":" + std::to_string(problem.line) + ",\"column\":" + std::to_string(problem.column);
        text += ",\"path\":";
        append_json_string(text, problem.path);
        text += ",\"message\":";
        append_json_string(text, problem.message);
        text += "}";
    }
    text += "]";
}

}  // namespace

int check_config_command(const std::vector<std::string>& arguments) {
    CommandSpec spec{
        "aihub check-config [--config] FILE [--json]",
        "Reads a configuration as `aihub serve` would, with the plugins and certificates that it names, and says what "
        "is\n"
        "wrong: file, line, column, and what to do. Starts nothing. The exit status is 0 when it can be used.",
        {{"config", "FILE", "the file, as for `aihub serve`", "c"},
         {"json",
          "",
          "problems for machines: {\"ok\",\"problems\":[{file,line,column,path,message}],\"warnings\":[...]}"}},
        1};
    Parsed parsed;
    if (const auto status = parse_or_explain(spec, arguments, parsed)) {
        return *status;
    }
    if (parsed.operands.empty() != parsed.has("config")) {
        std::cerr << "error: name one file; see aihub check-config --help\n";
        return kExitUsage;
    }
    const auto file = parsed.has("config") ? parsed.value("config") : parsed.operands.front();
    const auto loaded = config::load_file(file, config::Sources::process(), plugin_presets);
    const SystemClock clock;
    auto files = loaded.snapshot ? check_files(*loaded.snapshot, clock.wall_now()) : FileFindings{};
    if (loaded.names_nothing) {
        files.warnings.push_back(
            {file, 0, 0, {}, "the file names nothing: there is no provider, and a running server refuses it"}
        );
    }
    auto problems = loaded.problems;
    problems.insert(problems.end(), files.problems.begin(), files.problems.end());
    if (parsed.has("json")) {
        std::string text = problems.empty() ? "{\"ok\":true,\"problems\":" : "{\"ok\":false,\"problems\":";
        append_problems(text, problems);
        text += ",\"warnings\":";
        append_problems(text, files.warnings);
        std::cout << text << "}\n";
    } else {
        for (const auto& problem : problems) {
            std::cerr << problem.text() << "\n";
        }
        for (const auto& warning : files.warnings) {
            std::cerr << "warning: " << warning.text() << "\n";
        }
        if (problems.empty()) {
            std::cout << file << ": can be used; " << loaded.snapshot->providers.size() << " provider(s), "
                      << loaded.snapshot->models.size() << " alias(es)\n";
        }
    }
    return problems.empty() ? kExitOk : kExitFailed;
}

}  // namespace aihub::app
