// `aihub policy history` and `status`: what ran, and what runs.
#include "app/command_line.hpp"
#include "app/options.hpp"
#include "app/plain_table.hpp"
#include "app/policy_commands.hpp"
#include "app/policy_database.hpp"
#include "app/shown_policies.hpp"

#include <algorithm>
#include <charconv>
#include <iostream>

namespace aihub::app {

namespace {

using Rows = std::vector<std::vector<std::string>>;

// What a person wants to know of why: the reason of a gateway, or the comment of a person.
std::string why(const policy::Activation& step) {
    if (!step.reason.empty()) {
        return "taken back: " + step.reason;
    }
    return step.comment;
}

Result<std::size_t> count_of(const std::string& text) {
    std::size_t count = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), count);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || count == 0) {
        return Error{
            Errc::invalid_request,
            "--count " + text + ": write a number from 1 to " + std::to_string(policy::kHistoryMax)};
    }
    return count;
}

void add_running(Rows& rows, const std::string& what, const policy::Activation& step) {
    rows.push_back(
        {what, bundle_label(step), stage_text(step), "since " + time_text(step.at), "by " + step.actor, why(step)}
    );
}

// What the server of this configuration runs, if it answers; it may be a second behind, or have refused a bundle.
void add_server(Rows& rows, const OpenPolicies& open) {
    const auto& all = open.config->listen;
    const auto listen = std::ranges::find_if(all, [](const auto& each) { return !each.tls && each.port != 0; });
    if (listen == all.end()) {
        return;
    }
    const auto shown = ask_policies(listen->address, listen->port, open.clock);
    if (!shown) {
        return;
    }
    const auto where = "at " + listen->address + ":" + std::to_string(listen->port);
    if (shown->empty()) {
        rows.push_back({"runs", "none", "", where});
    }
    for (const auto& each : *shown) {
        constexpr std::size_t kShownDigits = 12;
        rows.push_back({"runs", each.bundle + "@" + each.hash.substr(0, kShownDigits), each.stage, where});
    }
}

}  // namespace

int policy_history(const std::vector<std::string>& arguments) {
    CommandSpec spec{
        "aihub policy history [options]",
        "Shows which bundle was activated when, in which stage, by whom and what for, the newest first. A line with\n"
        "\"taken back\" is what a gateway did by itself, and why.",
        {{"count", "NUMBER", "so many lines at most; 20 by default", "n"}}};
    OpenPolicies open;
    Parsed parsed;
    if (const auto status = open_policies(spec, arguments, parsed, open, "")) {
        return *status;
    }
    const auto count = count_of(parsed.has("count") ? parsed.value("count") : "20");
    if (!count) {
        std::cerr << "error: " << count.error().message << "\n";
        return kExitUsage;
    }
    const auto history = open.store->history(*count);
    if (!history) {
        return report_failure(history.error().message);
    }
    if (history->empty()) {
        std::cout << "no bundle was ever activated; begin with: aihub policy activate DIR\n";
        return kExitOk;
    }
    Rows rows{{"VERSION", "BUNDLE", "STAGE", "AT", "BY", "WHY"}};
    for (const auto& step : *history) {
        rows.push_back(
            {std::to_string(step.version),
             bundle_label(step),
             stage_text(step),
             time_text(step.at),
             step.actor,
             why(step)}
        );
    }
    std::cout << table_text(rows);
    return kExitOk;
}

int policy_status(const std::vector<std::string>& arguments) {
    CommandSpec spec{
        "aihub policy status [options]",
        "Shows which bundles are active by the database: in which stage, since when, by whom and what for; and, when\n"
        "the server of the configuration answers, what it runs.",
        {}};
    OpenPolicies open;
    Parsed parsed;
    if (const auto status = open_policies(spec, arguments, parsed, open, "")) {
        return *status;
    }
    const auto current = open.store->current();
    if (!current) {
        return report_failure(current.error().message);
    }
    if (const auto why = folder_instead(open); !why.empty()) {
        std::cerr << "note: " << why << "\n";
    }
    Rows rows;
    if (current->active) {
        add_running(rows, "active", *current->active);
    } else {
        rows.push_back({"active", "none"});
    }
    if (current->candidate) {
        add_running(rows, "candidate", *current->candidate);
    }
    add_server(rows, open);
    std::cout << table_text(rows);
    return kExitOk;
}

}  // namespace aihub::app
