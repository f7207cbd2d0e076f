#include "policy/replay_report.hpp"

#include "policy/decision_record.hpp"
#include "policy/report_json.hpp"

#include <algorithm>
#include <utility>

namespace aihub::policy {

namespace {

constexpr std::size_t kNamesShown = 10;
constexpr double kPercent = 100;

std::string share_text(std::uint64_t part, std::uint64_t whole) {
    if (whole == 0) {
        return std::to_string(part);
    }
    return std::to_string(part) + " of " + std::to_string(whole) + " (" +
           decimal(kPercent * static_cast<double>(part) / static_cast<double>(whole), 2) + " %)";
}

std::string signed_percent(double before, double after) {
    if (before == 0) {
        return "";
    }
    const double change = kPercent * (after - before) / before;
    return " (" + std::string(change >= 0 ? "+" : "") + decimal(change, 1) + " %)";
}

double mean(double sum, std::uint64_t count) {
    return count == 0 ? 0 : sum / static_cast<double>(count);
}

// Those with most changes first.
std::vector<std::pair<std::string, ShareReplay>> most_changed(const std::map<std::string, ShareReplay>& shares) {
    std::vector<std::pair<std::string, ShareReplay>> all;
    for (const auto& [name, share] : shares) {
        if (share.changed > 0) {
            all.emplace_back(name, share);
        }
    }
    std::ranges::stable_sort(all, std::greater<>(), [](const auto& pair) { return pair.second.changed; });
    return all;
}

std::string shares_text(const char* what, const std::map<std::string, ShareReplay>& shares) {
    const auto all = most_changed(shares);
    if (all.empty()) {
        return "";
    }
    std::string out = "changed by " + std::string(what) + ":\n";
    for (std::size_t i = 0; i < std::min(all.size(), kNamesShown); ++i) {
        const auto& [name, share] = all[i];
        out += "  " + (name.empty() ? "(none)" : name) + ": " + share_text(share.changed, share.compared) + "\n";
    }
    return all.size() > kNamesShown ? out + "  and " + std::to_string(all.size() - kNamesShown) + " more\n" : out;
}

std::string hook_text(Hook hook, const HookReplay& figures) {
    std::string out = std::string(hook_name(hook)) + ": ";
    if (figures.compared == 0 && figures.gone == 0) {
        return out + "no records, so nothing is known of it\n";
    }
    out += share_text(figures.changed, figures.compared) + " changed";
    if (figures.errors + figures.stops + figures.failed_before > 0) {
        out += "; failed now: " + std::to_string(figures.errors) + " by an error, " + std::to_string(figures.stops) +
               " over a limit; before: " + std::to_string(figures.failed_before);
    }
    if (figures.gone > 0) {
        out += "; " + std::to_string(figures.gone) + " records of a hook that the bundle does not have";
    }
    return out + "; at most " + std::to_string(figures.steps_most) + " steps\n";
}

std::string read_text(const ReplayReport& report) {
    std::string out = "read " + std::to_string(report.records) + " records of " + std::to_string(report.files) +
                      " files; compared " + std::to_string(report.compared()) + "\n";
    const auto add = [&out](std::uint64_t count, const char* what) {
        if (count > 0) {
            out += "  " + std::to_string(count) + " " + what + "\n";
        }
    };
    add(report.other_bundle, "were decided by other bundles");
    add(report.not_chosen,
        report.mode == ReplayMode::verify ? "were not chosen, by time, sample or key"
                                          : "were not chosen, by time, sample or key, or were in shadow");
    add(report.not_comparable,
        "could not be compared: they had been stopped for their time, or their values are not known");
    add(report.newer, "were written by a newer version of this program");
    add(report.damaged, "are damaged");
    add(report.lost_bytes, "bytes at the end of files are torn");
    add(report.unread_bytes, "bytes were left out, since it took too long or found enough");
    return out;
}

std::string changes_text(const ReplayReport& report) {
    std::string out;
    for (const auto& change : report.changes) {
        out += "  " + std::string(hook_name(change.hook)) + ", " + std::to_string(change.count) + " times, as in " +
               change.request_id + " (" + (change.organization.empty() ? change.key : change.organization) + ", " +
               change.model + ")\n    was: " + change.before + "\n    now: " + change.after + "\n";
    }
    if (report.changes_untold > 0) {
        out += "  and " + std::to_string(report.changes_untold) + " that changed in other ways\n";
    }
    return out.empty() ? out : "what changed:\n" + out;
}

std::string estimates_text(const ReplayReport& report) {
    std::string out;
    const auto& route = report.route;
    if (route.priced > 0) {
        out += "cost, estimated: " + decimal(route.cost_before, 4) + " before, " + decimal(route.cost_after, 4) +
               " now" + signed_percent(route.cost_before, route.cost_after) + ", over " + std::to_string(route.priced) +
               " calls\n";
    }
    if (route.timed > 0) {
        const double before = mean(route.latency_before_ms, route.timed);
        const double after = mean(route.latency_after_ms, route.timed);
        out += "95th percentile of latency, estimated: " + decimal(before, 0) + " ms before, " + decimal(after, 0) +
               " ms now" + signed_percent(before, after) + ", over " + std::to_string(route.timed) + " calls\n";
    }
    if (!out.empty()) {
        out +=
            "  from what was known of the first candidates when the calls were made: a call that goes elsewhere has\n"
            "  no recorded answer\n";
    }
    for (const auto& [name, price] : report.prices) {
        out += "price, " + name + ": " + price.before.text(2) + " before, " + price.after.text(2) + " now, over " +
               std::to_string(price.compared) + " calls" + (price.too_large ? "; too large to be added up" : "") + "\n";
    }
    return out;
}

std::string coverage_text(const ReplayReport& report) {
    if (report.watched == 0) {
        return "";
    }
    return "over " + std::to_string(report.watched) + " of these calls:\n" + text_of(report.coverage);
}

void add_hooks(ReportJson& json, const ReplayReport& report) {
    json.open("hooks", '{');
    for (const auto hook : kRecordedHooks) {
        const auto& figures = report.hooks[static_cast<std::size_t>(hook)];
        json.open(hook_name(hook), '{');
        json.member("compared", figures.compared);
        json.member("changed", figures.changed);
        json.member("errors", figures.errors);
        json.member("stops", figures.stops);
        json.member("failed_before", figures.failed_before);
        json.member("gone", figures.gone);
        json.member("steps_most", figures.steps_most);
        json.close('}');
    }
    json.close('}');
}

void add_shares(ReportJson& json, std::string_view name, const std::map<std::string, ShareReplay>& shares) {
    json.open(name, '[');
    for (const auto& [who, share] : shares) {
        json.open({}, '{');
        json.member("name", who);
        json.member("compared", share.compared);
        json.member("changed", share.changed);
        json.close('}');
    }
    json.close(']');
}

void add_changes(ReportJson& json, const ReplayReport& report) {
    json.open("changes", '[');
    for (const auto& change : report.changes) {
        json.open({}, '{');
        json.member("hook", hook_name(change.hook));
        json.member("count", change.count);
        json.member("before", change.before);
        json.member("after", change.after);
        json.member("request_id", change.request_id);
        json.member("organization", change.organization);
        json.member("key", change.key);
        json.member("model", change.model);
        json.close('}');
    }
    json.close(']');
    json.member("changes_untold", report.changes_untold);
}

void add_estimates(ReportJson& json, const ReplayReport& report) {
    const auto& route = report.route;
    json.open("estimates", '{');
    json.member("priced", route.priced);
    json.member("cost_before", route.cost_before);
    json.member("cost_after", route.cost_after);
    json.member("timed", route.timed);
    json.member("latency_ms_before", mean(route.latency_before_ms, route.timed));
    json.member("latency_ms_after", mean(route.latency_after_ms, route.timed));
    json.close('}');
    json.open("prices", '[');
    for (const auto& [name, price] : report.prices) {
        json.open({}, '{');
        json.member("name", name);
        json.member("compared", price.compared);
        json.member("before", price.before.text());
        json.member("after", price.after.text());
        json.close('}');
    }
    json.close(']');
}

void add_coverage(ReportJson& json, const ReplayReport& report) {
    json.member("watched", report.watched);
    json.open("coverage", '[');
    for (const auto& file : report.coverage) {
        json.open({}, '{');
        json.member("file", file.file);
        json.member("lines", std::uint64_t{file.lines});
        json.open("never_run", '[');
        for (const int line : file.never_run) {
            json.item(static_cast<std::uint64_t>(line));
        }
        json.close(']');
        json.close('}');
    }
    json.close(']');
}

}  // namespace

std::string text_report(const ReplayReport& report) {
    std::string out = report.bundle + "\n" + read_text(report);
    for (const auto hook : kRecordedHooks) {
        const auto& figures = report.hooks[static_cast<std::size_t>(hook)];
        if (figures.compared + figures.gone > 0 || std::ranges::count(report.bundle_hooks, hook) > 0) {
            out += hook_text(hook, figures);
        }
    }
    out += changes_text(report);
    out += shares_text("organization", report.organizations);
    out += shares_text("key", report.keys);
    out += shares_text("model", report.models);
    return out + estimates_text(report) + coverage_text(report);
}

std::string json_report(const ReplayReport& report) {
    ReportJson json;
    json.open({}, '{');
    json.member("bundle", report.bundle);
    json.member("mode", std::string_view(report.mode == ReplayMode::verify ? "verify" : "candidate"));
    json.member("files", report.files);
    json.member("records", report.records);
    json.member("complete", report.unread_bytes == 0);
    json.member("unread_bytes", report.unread_bytes);
    json.member("compared", report.compared());
    json.member("changed", report.changed());
    json.member("damaged", report.damaged);
    json.member("newer", report.newer);
    json.member("lost_bytes", report.lost_bytes);
    json.member("not_chosen", report.not_chosen);
    json.member("other_bundle", report.other_bundle);
    json.member("not_comparable", report.not_comparable);
    add_hooks(json, report);
    add_shares(json, "organizations", report.organizations);
    add_shares(json, "keys", report.keys);
    add_shares(json, "models", report.models);
    add_changes(json, report);
    add_estimates(json, report);
    add_coverage(json, report);
    json.close('}');
    return json.take();
}

}  // namespace aihub::policy
