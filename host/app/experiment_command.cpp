// `aihub experiment`: what there is, and how it does.
#include "app/command_line.hpp"
#include "app/options.hpp"
#include "app/plain_table.hpp"
#include "base/json_text.hpp"
#include "experiment/definition_store.hpp"
#include "experiment/exposed_rows.hpp"
#include "experiment/feedback_store.hpp"
#include "experiment/report.hpp"
#include "storage/database.hpp"
#include "usage/store.hpp"

#include <charconv>
#include <iostream>
#include <memory>
#include <optional>

namespace aihub::app {

namespace {

using experiment::KnownExperiment;

// The experiments of the database that the configuration names, opened for one command.
struct OpenExperiments {
    SystemClock clock;
    telemetry::Metrics metrics;
    std::unique_ptr<storage::Database> database;
    std::optional<experiment::DefinitionStore> store;
};

Result<void> open_store(const ConfigChoice& choice, OpenExperiments& open) {
    const auto config = AIHUB_TRY(read_config(choice, config::Sources::process()));
    storage::DatabaseOptions options;
    options.url = config->storage.url;
    open.database = AIHUB_TRY(storage::Database::open(options, open.clock, open.metrics));
    open.store = AIHUB_TRY(experiment::DefinitionStore::create(*open.database));
    return {};
}

// Parses, with --config and --data besides the options of `spec`, and opens. On --help or an error says so and gives
// the exit status to return.
std::optional<int> open_experiments(
    CommandSpec& spec, const std::vector<std::string>& arguments, Parsed& parsed, OpenExperiments& open
) {
    for (auto& option : config_options()) {
        spec.options.push_back(std::move(option));
    }
    if (const auto status = parse_or_explain(spec, arguments, parsed)) {
        return status;
    }
    if (parsed.operands.size() < spec.operands_max) {
        std::cerr << "error: name the experiment; `aihub experiment list` shows those there are\n";
        return kExitUsage;
    }
    if (const auto opened = open_store(config_choice(parsed), open); !opened) {
        return report_failure(opened.error().message);
    }
    return std::nullopt;
}

std::string percent(std::uint32_t buckets) {
    constexpr std::uint32_t kOne = 100;
    std::string text = std::to_string(buckets / kOne);
    if (const auto rest = std::to_string(kOne + buckets % kOne); rest != "100") {
        text += "." + rest.substr(1);
    }
    return text;
}

std::string listed(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) {
        text += (text.empty() ? "" : ", ") + word;
    }
    return text;
}

std::string units_of(const model::Experiment& experiment) {
    std::vector<std::string> words;
    for (const auto kind : experiment.unit) {
        words.emplace_back(unit_kind_name(kind));
    }
    return listed(words);
}

std::string arms_of(const model::Experiment& experiment) {
    std::vector<std::string> words;
    for (const auto& arm : experiment.arms) {
        words.push_back(arm.name + " " + percent(arm.share) + (arm.model.empty() ? "" : " -> " + arm.model));
    }
    return listed(words);
}

int list(const std::vector<std::string>& arguments) {
    CommandSpec spec{
        "aihub experiment list [options]",
        "Lists all experiments that ever began on this database, also those that the configuration no longer has.",
        {}};
    OpenExperiments open;
    Parsed parsed;
    if (const auto status = open_experiments(spec, arguments, parsed, open)) {
        return *status;
    }
    const auto known = open.store->list();
    if (!known) {
        return report_failure(known.error().message);
    }
    std::vector<std::vector<std::string>> rows;
    for (const auto& each : *known) {
        const auto& experiment = each.experiment;
        rows.push_back(
            {experiment.name,
             experiment.stopped ? "stopped" : "ramp " + percent(experiment.ramp),
             "began " + time_text(each.began_at),
             arms_of(experiment)}
        );
    }
    std::cout
        << (rows.empty() ? "no experiment has begun; docs/policies/experiments.md tells how to\n" : table_text(rows));
    return kExitOk;
}

int show(const std::vector<std::string>& arguments) {
    CommandSpec spec{
        "aihub experiment show NAME [options]",
        "Shows the definition of an experiment as it is kept: of it only ramp (upwards) and stopped may change.",
        {},
        1};
    OpenExperiments open;
    Parsed parsed;
    if (const auto status = open_experiments(spec, arguments, parsed, open)) {
        return *status;
    }
    const auto known = open.store->find(parsed.operands.front());
    if (!known) {
        return report_failure(known.error().message);
    }
    const auto& experiment = known->experiment;
    std::vector<std::vector<std::string>> rows{
        {"name", experiment.name},
        {"began", time_text(known->began_at)},
        {"changed", time_text(known->changed_at)},
        {"arms", arms_of(experiment)},
        {"ramp", percent(experiment.ramp)},
        {"stopped", experiment.stopped ? "true" : "false"},
        {"unit", units_of(experiment)},
        {"models", experiment.models.empty() ? "all" : listed(experiment.models)},
        {"salt", experiment.salt}};
    if (!experiment.layer.empty()) {
        rows.push_back(
            {"layer",
             experiment.layer + ", from " + percent(experiment.layer_from) + " to " + percent(experiment.layer_to)}
        );
    }
    std::cout << table_text(rows);
    return kExitOk;
}

// "14d", "12h" or "45m" before now; the beginning when it is not given.
Result<WallTime> beginning(const Parsed& parsed, const KnownExperiment& known, WallTime now) {
    if (!parsed.has("since")) {
        return known.began_at;
    }
    constexpr long kMost = 100000;
    constexpr int kHoursOfDay = 24;
    const auto text = parsed.value("since");
    long amount = 0;
    const auto* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, amount);
    const bool one_letter = read.ec == std::errc() && read.ptr + 1 == end && amount > 0 && amount < kMost;
    if (one_letter && *read.ptr == 'd') {
        return now - std::chrono::hours(kHoursOfDay * amount);
    }
    if (one_letter && *read.ptr == 'h') {
        return now - std::chrono::hours(amount);
    }
    if (one_letter && *read.ptr == 'm') {
        return now - std::chrono::minutes(amount);
    }
    return Error{Errc::invalid_request, "--since " + text + ": write it as 14d, 12h or 45m"};
}

Result<experiment::ReportOptions> report_options(const Parsed& parsed) {
    experiment::ReportOptions options;
    if (!parsed.has("planned")) {
        return options;
    }
    constexpr std::uint64_t kMost = 1'000'000'000'000;
    const auto text = parsed.value("planned");
    std::uint64_t planned = 0;
    const auto* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, planned);
    if (read.ec != std::errc() || read.ptr != end || planned == 0 || planned > kMost) {
        return Error{Errc::invalid_request, "--planned " + text + ": write a number of requests, for example 10000"};
    }
    options.planned = static_cast<double>(planned);
    return options;
}

Result<std::string> make_text(const Parsed& parsed, OpenExperiments& open) {
    const auto known = AIHUB_TRY(open.store->find(parsed.operands.front()));
    const auto options = AIHUB_TRY(report_options(parsed));
    const auto since = AIHUB_TRY(beginning(parsed, known, open.clock.wall_now()));
    // The tables that rows and feedback are in.
    AIHUB_CHECK(usage::Store::create(*open.database));
    AIHUB_CHECK(experiment::FeedbackStore::create(*open.database));
    experiment::Tally tally(known.experiment);
    AIHUB_CHECK(experiment::read_exposed_rows(
        *open.database,
        known.experiment.name,
        since,
        [&](const experiment::Observation& observation) { tally.add(observation); }
    ));
    const auto report = experiment::make_report(known.experiment, tally, options);
    return parsed.has("json") ? experiment::report_json(report) : experiment::report_text(report);
}

int report(const std::vector<std::string>& arguments) {
    CommandSpec spec{
        "aihub experiment report NAME [options]",
        "Shows for each arm units, requests, errors, durations, tokens, cost and feedback with 95 % intervals, and\n"
        "compares it with the control by a test that holds however often you look. docs/policies/experiments.md has\n"
        "the method.",
        {{"since", "TIME", "only calls of the last 14d, 12h or 45m; since it began by default"},
         {"planned",
          "NUMBER",
          "requests at which comparisons are sharpest; 10000 by default. Choose it before looking"},
         {"json", "", "for machines"}},
        1};
    OpenExperiments open;
    Parsed parsed;
    if (const auto status = open_experiments(spec, arguments, parsed, open)) {
        return *status;
    }
    const auto text = make_text(parsed, open);
    if (!text) {
        return report_failure(text.error().message);
    }
    std::cout << *text;
    return kExitOk;
}

}  // namespace

int experiment_command(const std::vector<std::string>& arguments) {
    const std::string name = arguments.empty() ? "" : arguments.front();
    const std::vector<std::string> rest(arguments.empty() ? arguments.begin() : arguments.begin() + 1, arguments.end());
    if (name == "list") {
        return list(rest);
    }
    if (name == "show") {
        return show(rest);
    }
    if (name == "report") {
        return report(rest);
    }
    const bool help = name == "--help" || name == "-h";
    (help ? std::cout : std::cerr) << "usage: aihub experiment list|show|report [options]\n\n"
                                      "  list    those that there ever were\n"
                                      "  show    the definition of one\n"
                                      "  report  how its arms do\n\n"
                                      "`aihub experiment report --help` tells more.\n";
    return help ? kExitOk : kExitUsage;
}

}  // namespace aihub::app
