#include "app/command_line.hpp"
#include "app/http_service.hpp"
#include "app/loop_set.hpp"
#include "app/net_framer.hpp"
#include "app/options.hpp"
#include "app/version.hpp"
#include "base/json_text.hpp"
#include "loader/check.hpp"
#include "loader/loader.hpp"
#include "loader/scaffold.hpp"

#include <filesystem>
#include <iostream>

namespace aihub::app {

namespace {

namespace fs = std::filesystem;

// Where the SDK's templates are: installed beside the program's prefix, or in the source tree that it was built from.
std::string template_directory() {
    const fs::path program = program_directory();
    for (const fs::path& place :
         {program / "../share/aihub/template", program / "template", fs::path(AIHUB_TEMPLATE_DIR)}) {
        std::error_code error;
        if (fs::is_directory(place, error)) {
            return fs::weakly_canonical(place, error);
        }
    }
    return AIHUB_TEMPLATE_DIR;
}

void append_list(std::string& out, const std::vector<std::string>& words) {
    out += "[";
    for (const auto& word : words) {
        out += out.back() == '[' ? "" : ",";
        append_json_string(out, word);
    }
    out += "]";
}

std::string info_json(const loader::PluginInfo& plugin) {
    std::string text = "{\"file\":";
    append_json_string(text, plugin.file);
    const bool loaded = plugin.state == loader::PluginInfo::State::loaded;
    text += loaded ? ",\"state\":\"loaded\",\"id\":" : ",\"state\":\"refused\",\"id\":";
    append_json_string(text, plugin.id);
    text += ",\"version\":";
    append_json_string(text, plugin.version);
    text += ",\"abi\":";
    append_json_string(text, plugin.abi);
    text += ",\"built_with\":";
    append_json_string(text, plugin.built_with);
    text += ",\"families\":";
    append_list(text, plugin.families);
    text += ",\"formats\":";
    append_list(text, plugin.formats);
    text += ",\"reason\":";
    append_json_string(text, plugin.reason);
    return text + "}";
}

void show_info(const loader::PluginInfo& plugin) {
    if (plugin.state == loader::PluginInfo::State::refused) {
        std::cout << plugin.file << "\n  refused: " << plugin.reason << "\n";
        return;
    }
    std::cout << plugin.id << " " << plugin.version << "\n  " << plugin.description << "\n  ";
    for (const auto& family : plugin.families) {
        std::cout << family << " ";
    }
    for (const auto& format : plugin.formats) {
        std::cout << format << " ";
    }
    std::cout << "\n  " << plugin.file << "\n";
}

int list(const std::vector<std::string>& arguments) {
    CommandSpec spec{
        "aihub plugin list [options]",
        "Loads the plugins as `aihub serve` would and lists them. A plugin that is refused is listed with the reason.",
        {{"json", "", "for machines"}}};
    for (auto& option : config_options()) {
        spec.options.push_back(std::move(option));
    }
    Parsed parsed;
    if (const auto status = parse_or_explain(spec, arguments, parsed)) {
        return *status;
    }
    const auto config = read_config(config_choice(parsed), config::Sources::process());
    if (!config) {
        return report_failure(config.error().message);
    }
    const SystemClock clock;
    telemetry::LogOptions quiet;
    quiet.level = telemetry::LogLevel::error;
    const auto log = telemetry::Log::create(quiet, clock);
    if (!log) {
        return report_failure(log.error().message);
    }
    telemetry::Metrics metrics;
    LoopSet loops(1, clock);
    loader::LoaderOptions options;
    options.host.product_version = kVersion;
    options.host.allow_draft = (*config)->plugins.allow_draft;
    loader::Loader loader(options, loader::Services{**log, metrics, clock, loops, nullptr});
    loader.load_directories(plugin_directories((*config)->plugins));
    if (!parsed.has("json")) {
        for (const auto& plugin : loader.list()) {
            show_info(plugin);
        }
        return kExitOk;
    }
    std::string text = "[";
    for (const auto& plugin : loader.list()) {
        text += (text.size() > 1 ? "," : "") + info_json(plugin);
    }
    std::cout << text << "]\n";
    return kExitOk;
}

int check(const std::vector<std::string>& arguments) {
    const CommandSpec spec{
        "aihub plugin check FILE.so [options]",
        "Runs the conformance tests on a plugin, each in a process of its own: entry, manifest, life cycle, and for "
        "each\n"
        "recorded exchange the reply whole, cut everywhere, byte by byte, truncated, cancelled and under "
        "back-pressure.",
        {{"fixtures", "DIR", "recorded exchanges; by default the folder \"fixtures\" beside the library"},
         {"json", "", "the report for machines"}},
        1};
    Parsed parsed;
    if (const auto status = parse_or_explain(spec, arguments, parsed)) {
        return *status;
    }
    if (parsed.operands.empty()) {
        std::cerr << "error: name the library; see aihub plugin check --help\n";
        return kExitUsage;
    }
    loader::CheckOptions options;
    options.file = parsed.operands.front();
    options.fixtures = parsed.value("fixtures");
    if (options.fixtures.empty()) {
        const auto beside = fs::path(options.file).parent_path() / "fixtures";
        std::error_code error;
        options.fixtures = fs::is_directory(beside, error) ? beside.string() : "";
    }
    options.make_framer = make_net_framer;
    options.host.product_version = kVersion;
    options.host.allow_draft = true;
    const auto report = loader::check_plugin(options);
    std::cout << (parsed.has("json") ? loader::json_report(report) : loader::text_report(report));
    return report.passed() ? kExitOk : kExitFailed;
}

int make_new(const std::vector<std::string>& arguments) {
    const CommandSpec spec{
        "aihub plugin new provider NAME [options]",
        "Writes the project of a new provider plugin: a codec that works, its recorded exchanges, and how to build it.",
        {{"directory", "DIR", "where to write it; by default ./NAME"},
         {"id", "ID", "the plugin's id; by default com.example.NAME"}},
        2};
    Parsed parsed;
    if (const auto status = parse_or_explain(spec, arguments, parsed)) {
        return *status;
    }
    if (parsed.operands.size() != 2 || parsed.operands.front() != "provider") {
        std::cerr << "error: write aihub plugin new provider NAME; see aihub plugin new --help\n";
        return kExitUsage;
    }
    loader::ScaffoldOptions options;
    options.template_directory = template_directory();
    options.name = parsed.operands[1];
    options.directory = parsed.value("directory");
    options.id = parsed.value("id");
    const auto made = loader::make_plugin(options);
    if (!made) {
        return report_failure(made.error().message);
    }
    std::cout << "made " << made->directory << " with\n";
    for (const auto& file : made->files) {
        std::cout << "  " << file << "\n";
    }
    std::cout << "next, with the SDK installed (docs/plugins.md says how):\n  cd " << made->directory
              << " && cmake -B build && cmake --build build\n"
              << "  aihub plugin check build/*.so --fixtures fixtures\n";
    return kExitOk;
}

}  // namespace

int plugin_command(const std::vector<std::string>& arguments) {
    const std::string name = arguments.empty() ? "" : arguments.front();
    const std::vector<std::string> rest(arguments.empty() ? arguments.begin() : arguments.begin() + 1, arguments.end());
    if (name == "list") {
        return list(rest);
    }
    if (name == "check") {
        return check(rest);
    }
    if (name == "new") {
        return make_new(rest);
    }
    const bool help = name == "--help" || name == "-h";
    (help ? std::cout : std::cerr) << "usage: aihub plugin list|check|new [options]\n\n"
                                      "  list      show the plugins that the gateway finds\n"
                                      "  check     test whether a plugin keeps the rules\n"
                                      "  new       write the project of a new plugin\n\n"
                                      "`aihub plugin check --help` tells more.\n";
    return help ? kExitOk : kExitUsage;
}

}  // namespace aihub::app
