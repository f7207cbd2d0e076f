// `aihub policy explain`: which bundle, hook, line and inputs led where.
#include "app/command_line.hpp"
#include "app/facts_file.hpp"
#include "app/options.hpp"
#include "app/plain_table.hpp"
#include "app/policy_bundles.hpp"
#include "app/policy_commands.hpp"
#include "policy/ask_again.hpp"
#include "policy/record_search.hpp"
#include "policy/said_text.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <sstream>

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
         {"decisions", "DIR", "where the records are; by default policies.decisions.directory"}},
        1};
    for (auto& option : config_options()) {
        spec.options.push_back(std::move(option));
    }
    return spec;
}

// The text of a line of a bundle, without what stands around it.
std::string source_line(const policy::Bundle& bundle, const policy::RunLine& at) {
    const auto* file = bundle.find(at.file);
    std::istringstream lines(file == nullptr ? std::string() : file->text);
    std::string line;
    for (int number = 0; number < at.line && std::getline(lines, line); ++number) {
    }
    const auto begin = line.find_first_not_of(" \t");
    return begin == std::string::npos ? std::string() : line.substr(begin);
}

std::string lines_text(const policy::Bundle& bundle, const policy::TracedRun& run) {
    std::vector<std::vector<std::string>> rows;
    for (std::size_t i = 0; i < run.lines.size(); ++i) {
        const auto& at = run.lines[i];
        // A loop says the same line again and again.
        if (i + 1 < run.lines.size() && run.lines[i + 1] == at) {
            continue;
        }
        const bool last = i + 1 == run.lines.size();
        if (last && run.cut) {
            rows.push_back({"      ...", "", "more lines than are shown"});
        }
        rows.push_back({last ? "    > " : "      ", at.file + ":" + std::to_string(at.line), source_line(bundle, at)});
    }
    return table_text(rows);
}

class Explainer {
public:
    // `asked`: who is asked, whatever bundle a record names; may be null.
    Explainer(const config::Snapshot& config, BundlePtr asked)
        : config_(config), limits_(policy_limits(config.policies)), asked_(std::move(asked)) {}

    void show_record(const policy::HeldRecord& held) {
        const auto& record = held.record;
        std::cout << "\n"
                  << policy::hook_name(record.hook) << "  by " << record.bundle_name << "@"
                  << record.bundle_hash.substr(0, kShownDigits) << ", " << policy::decided_as_name(record.part);
        if (record.part == policy::DecidedAs::shadow) {
            std::cout << ": it was asked and did not decide";
        }
        std::cout << "\n";
        show_inputs(record);
        if (const auto said = policy::decode_result(record)) {
            std::cout << "  said: " << policy::text_of(*said) << "\n";
        }
        std::cout << "  took " << record.duration.count() / 1000 << " us, " << record.steps << " steps\n";
        if (!held.has_values) {
            std::cout << "  lines: not known: what aihub.kv had then is not among the records\n";
            return;
        }
        const auto bundle = bundle_of(record);
        if (!bundle) {
            std::cout << "  lines: not known: " << bundle.error().message << "; name its folder with --bundle\n";
            return;
        }
        show_lines(**bundle, record);
    }

    // A hook that is asked for the first time.
    void show_new(policy::DecisionRecord& record) {
        if (asked_->find(std::string(policy::hook_name(record.hook)) + ".lua") == nullptr) {
            return;
        }
        std::cout << "\n" << policy::hook_name(record.hook) << "  by " << asked_->label() << "\n";
        show_inputs(record);
        show_lines(*asked_, record);
    }

private:
    // What the hook before was told, too, is not said again.
    void show_inputs(const policy::DecisionRecord& record) {
        const auto inputs = policy::inputs_of(record);
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

    Result<BundlePtr> bundle_of(const policy::DecisionRecord& record) {
        if (asked_ != nullptr) {
            return asked_;
        }
        auto& known = bundles_[record.bundle_hash];
        if (known == nullptr) {
            known = AIHUB_TRY(bundle_named(record.bundle_hash, config_));
        }
        return known;
    }

    void show_lines(const policy::Bundle& bundle, const policy::DecisionRecord& record) {
        const auto run = policy::trace_again(std::make_shared<const policy::Bundle>(bundle), limits_, record);
        if (!run) {
            std::cout << "  lines: not known: " << run.error().message << "\n";
            return;
        }
        const bool same = run->result == record.result;
        const auto now = policy::decode_result(run->result, record.hook, bundle.label());
        if (record.result.empty() && now) {
            std::cout << "  says: " << policy::text_of(*now) << "\n";
        } else if (!same && now) {
            std::cout << "  asked again, " << bundle.label() << " says: " << policy::text_of(*now) << "\n";
        }
        std::cout << "  lines that ran, > the last:\n" << lines_text(bundle, *run);
    }

    const config::Snapshot& config_;
    const policy::StateOptions limits_;
    const BundlePtr asked_;
    std::map<std::string, BundlePtr> bundles_;
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

Result<void> explain_file(const std::string& path, Explainer& explainer, const BundlePtr& bundle) {
    const auto text = AIHUB_TRY(read_file(path));
    auto file = parse_facts(text);
    if (!file) {
        return Error{file.error().code, path + ": " + file.error().message};
    }
    policy::DecisionRecord record;
    record.bundle_name = bundle->name();
    record.bundle_hash = bundle->hash();
    record.facts = std::move(file->facts);
    std::cout << "the call of " << path << "\n";
    for (const auto hook : file->hooks) {
        record.hook = hook;
        explainer.show_new(record);
    }
    return {};
}

Result<void> explain_request(const std::string& request_id, const std::string& folder, Explainer& explainer) {
    const auto found = AIHUB_TRY(policy::find_records(folder, request_id));
    std::cout << "request " << request_id << ", " << time_text(found.front().record.facts.call.now) << "\n";
    for (const auto& held : found) {
        explainer.show_record(held);
    }
    return {};
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
    Explainer explainer(**config, bundle);
    const auto explained = is_file ? explain_file(name, explainer, bundle)
                                   : explain_request(name, decisions_folder(parsed, **config), explainer);
    return explained ? kExitOk : report_failure(explained.error().message);
}

}  // namespace aihub::app
