// `aihub policy explain`: which bundle, hook, line and inputs led where.
#include "app/command_line.hpp"
#include "app/options.hpp"
#include "app/plain_table.hpp"
#include "app/policy_bundles.hpp"
#include "app/policy_commands.hpp"
#include "policy/explanation.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>

namespace aihub::app {

namespace {

constexpr std::size_t kFileBytesMax = 1U << 20U;
constexpr std::size_t kShownDigits = 12;

CommandSpec explain_spec() {
    CommandSpec spec{
        "aihub policy explain REQUEST_ID|FILE.json [options]",
        "Shows how policies decided about a call: the hooks in order, what each was told, what it said, and the lines\n"
        "that ran. A request is looked for in the records; the lines are those of the bundle that decided, which is\n"
        "taken from --bundle or from the database. A file has the facts of a call that was not made, as specs write\n"
        "them, in JSON; then --bundle says who is asked.",
        {{"bundle", "DIR|HASH", "the bundle to ask"},
         {"decisions", "DIR", "where the records are; by default policies.decisions.directory"},
         {"json", "", "the explanation for machines"}},
        1};
    for (auto& option : config_options()) {
        spec.options.push_back(std::move(option));
    }
    return spec;
}

std::string lines_text(const policy::ExplainedHook& hook) {
    std::vector<std::vector<std::string>> rows;
    for (std::size_t i = 0; i < hook.lines.size(); ++i) {
        const auto& line = hook.lines[i];
        const bool last = i + 1 == hook.lines.size();
        if (last && hook.lines_cut) {
            rows.push_back({"      ...", "", "more lines than are shown"});
        }
        rows.push_back({last ? "    > " : "      ", line.file + ":" + std::to_string(line.line), line.text});
    }
    return table_text(rows);
}

// Writes an explanation for people.
class Shower {
public:
    void show(const policy::ExplainedHook& hook) {
        std::cout << "\n"
                  << policy::hook_name(hook.hook) << "  by " << hook.bundle_name << "@"
                  << hook.bundle_hash.substr(0, kShownDigits);
        if (hook.part) {
            std::cout << ", " << policy::decided_as_name(*hook.part);
        }
        if (hook.part == policy::DecidedAs::shadow) {
            std::cout << ": it was asked and did not decide";
        }
        std::cout << "\n";
        show_inputs(hook.inputs);
        if (hook.said) {
            std::cout << "  said: " << policy::text_of(*hook.said) << "\n";
        }
        if (hook.part) {
            std::cout << "  took " << hook.duration.count() / 1000 << " us, " << hook.steps << " steps\n";
        }
        show_lines(hook);
    }

private:
    // What the hook before was told, too, is not said again.
    void show_inputs(const std::vector<policy::NamedText>& inputs) {
        std::vector<std::vector<std::string>> rows;
        for (const auto& input : inputs) {
            if (std::ranges::find(told_, input) == told_.end()) {
                rows.push_back({"    " + input.first, input.second});
            }
        }
        std::cout << (told_.empty()  ? "  was told:\n"
                      : rows.empty() ? "  was told the same\n"
                                     : "  was told besides:\n")
                  << table_text(rows);
        told_.insert(told_.end(), inputs.begin(), inputs.end());
    }

    static void show_lines(const policy::ExplainedHook& hook) {
        if (!hook.lines_unknown.empty()) {
            std::cout << "  lines: not known: " << hook.lines_unknown << "\n";
            return;
        }
        if (hook.now) {
            std::cout << (hook.part ? "  asked again, " + hook.now_by + " says: " : "  says: ")
                      << policy::text_of(*hook.now) << "\n";
        }
        std::cout << "  lines that ran, > the last:\n" << lines_text(hook);
    }

    std::vector<policy::NamedText> told_;
};

Result<std::string> read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::string text(kFileBytesMax + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.empty() || text.size() > kFileBytesMax) {
        return Error{Errc::invalid_request, "cannot read " + path + ", it is empty, or it has more than 1 MiB"};
    }
    return text;
}

Result<policy::Explanation> explain_file(const std::string& path, const policy::ExplainOptions& options) {
    const auto text = AIHUB_TRY(read_file(path));
    const auto call = policy::parse_facts(text);
    if (!call) {
        return Error{call.error().code, path + ": " + call.error().message};
    }
    return policy::explain_facts(*call, options);
}

Result<BundlePtr> recorded_bundle(const std::string& hash, const config::Snapshot& config) {
    auto bundle = bundle_named(hash, config);
    if (!bundle) {
        return Error{bundle.error().code, bundle.error().message + "; name its folder with --bundle"};
    }
    return bundle;
}

}  // namespace

int policy_explain(const std::vector<std::string>& arguments) {
    Parsed parsed;
    if (const auto status = parse_or_explain(explain_spec(), arguments, parsed)) {
        return *status;
    }
    const auto name = parsed.operands.empty() ? std::string() : parsed.operands.front();
    const bool is_file = name.ends_with(".json");
    if (name.empty() || (is_file && !parsed.has("bundle"))) {
        std::cerr << "error: " << (name.empty() ? "name a request or a file" : "say with --bundle who is asked")
                  << "; see aihub policy explain --help\n";
        return kExitUsage;
    }
    const auto config = read_config(config_choice(parsed), config::Sources::process());
    if (!config) {
        return report_failure(config.error().message);
    }
    BundlePtr bundle;
    if (parsed.has("bundle")) {
        auto named = bundle_named(parsed.value("bundle"), **config);
        if (!named) {
            return report_failure(named.error().message);
        }
        bundle = *std::move(named);
    }
    policy::ExplainOptions options;
    options.state = policy_limits((*config)->policies);
    options.bundle = bundle;
    options.find_bundle = [&config](const std::string& hash) { return recorded_bundle(hash, **config); };
    const auto explained = is_file ? explain_file(name, options)
                                   : policy::explain_request(decisions_folder(parsed, **config), name, options);
    if (!explained) {
        return report_failure(explained.error().message);
    }
    if (parsed.has("json")) {
        std::cout << policy::json_explanation(*explained);
        return kExitOk;
    }
    std::cout << (is_file ? "the call of " + name : "request " + name + ", " + time_text(explained->at)) << "\n";
    Shower shower;
    for (const auto& hook : explained->hooks) {
        shower.show(hook);
    }
    return kExitOk;
}

}  // namespace aihub::app
