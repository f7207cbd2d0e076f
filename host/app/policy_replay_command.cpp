// `aihub policy replay`: what recorded calls asked is asked again.
#include "app/command_line.hpp"
#include "app/options.hpp"
#include "app/policy_bundles.hpp"
#include "app/policy_commands.hpp"
#include "base/clock.hpp"
#include "policy/replay.hpp"
#include "policy/replay_choice.hpp"
#include "policy/replay_report.hpp"

#include <unistd.h>

#include <charconv>
#include <iostream>
#include <optional>
#include <thread>

namespace aihub::app {

namespace {

constexpr std::uint64_t kMebibyte = 1U << 20U;
constexpr std::size_t kWorkersMax = 64;

CommandSpec replay_spec() {
    CommandSpec spec{
        "aihub policy replay --verify|--candidate DIR|HASH [options]",
        "Asks a bundle, a folder or the hash of a stored one, what recorded calls asked.\n"
        "--verify: the bundle decided these calls itself, so that every decision has to come out as it was recorded;\n"
        "the exit status is 1 when one does not.\n"
        "--candidate: says what would have been otherwise, with estimates of cost and latency. A call that goes\n"
        "elsewhere has no recorded answer; docs/policies/replay.md says what that means.",
        {{"verify", "", "every decision has to come out as it was recorded"},
         {"candidate", "", "say what would have been otherwise"},
         {"since", "TIME", "only calls of the last 24h, 30m or 7d; all by default"},
         {"sample", "PERCENT", "only such a share of the requests, the same ones each time, as in 5%"},
         {"key", "ID", "only calls of this key"},
         {"decisions", "DIR", "where the records are; by default policies.decisions.directory"},
         {"workers", "NUMBER", "threads; by default as many as there are processors"},
         {"changes", "NUMBER", "ways of changing that are told; 10 by default"},
         {"json", "", "the report for machines"}},
        1};
    for (auto& option : config_options()) {
        spec.options.push_back(std::move(option));
    }
    return spec;
}

// A whole number from `least` to `most`.
template <class Number>
Result<Number> number_of(const Parsed& parsed, const std::string& option, Number least, Number most) {
    const auto text = parsed.value(option);
    Number number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size() || number < least || number > most) {
        return Error{
            Errc::invalid_request,
            "--" + option + " " + text + ": write a number from " + std::to_string(least) + " to " +
                std::to_string(most)};
    }
    return number;
}

// "5%", "0.5%" or "5" as a share of 10000.
Result<std::uint32_t> share_of(std::string text) {
    const auto written = text;
    if (text.ends_with('%')) {
        text.pop_back();
    }
    double percent = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), percent);
    const bool whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
    auto share = policy::sample_share(whole ? percent : 0);
    if (!share) {
        return Error{Errc::invalid_request, "--sample " + written + ": " + share.error().message + ", as in 5%"};
    }
    return share;
}

Result<std::chrono::seconds> span_of(const std::string& text) {
    auto span = policy::time_span(text);
    if (!span) {
        return Error{Errc::invalid_request, "--since " + text + ": " + span.error().message};
    }
    return span;
}

Result<policy::ReplayOptions> options_of(const Parsed& parsed, const config::Snapshot& config) {
    policy::ReplayOptions options;
    options.state = policy_limits(config.policies);
    options.workers = std::max<std::size_t>(1, std::thread::hardware_concurrency());
    options.key = parsed.value("key");
    if (parsed.has("since")) {
        options.since = SystemClock().wall_now() - AIHUB_TRY(span_of(parsed.value("since")));
    }
    if (parsed.has("sample")) {
        options.sample = AIHUB_TRY(share_of(parsed.value("sample")));
    }
    if (parsed.has("workers")) {
        options.workers = AIHUB_TRY(number_of<std::size_t>(parsed, "workers", 1, kWorkersMax));
    }
    if (parsed.has("changes")) {
        constexpr std::size_t kChangesMax = 1000;
        options.changes_max = AIHUB_TRY(number_of<std::size_t>(parsed, "changes", 0, kChangesMax));
    }
    return options;
}

// One line on standard error that is written again and again; to a file, a line for each tenth.
class ProgressLine {
public:
    void show(const policy::ReplayProgress& progress) {
        const auto percent = progress.bytes_all == 0 ? 100 : 100 * progress.bytes / progress.bytes_all;
        const std::uint64_t step = terminal_ ? 1 : 10;
        if (percent / step == shown_) {
            return;
        }
        shown_ = percent / step;
        std::cerr << (terminal_ ? "\r" : "") << "replayed " << percent << " % of " << progress.bytes_all / kMebibyte
                  << " MiB" << (terminal_ ? "" : "\n") << std::flush;
    }
    void end() const {
        if (terminal_ && shown_ != kNone) {
            std::cerr << "\n";
        }
    }

private:
    static constexpr std::uint64_t kNone = 1000;
    const bool terminal_ = ::isatty(STDERR_FILENO) != 0;
    std::uint64_t shown_ = kNone;
};

int usage_error(const std::string& message) {
    std::cerr << "error: " << message << "; see aihub policy replay --help\n";
    return kExitUsage;
}

}  // namespace

int policy_replay(const std::vector<std::string>& arguments) {
    Parsed parsed;
    if (const auto status = parse_or_explain(replay_spec(), arguments, parsed)) {
        return *status;
    }
    if (parsed.has("verify") == parsed.has("candidate")) {
        return usage_error("say either --verify or --candidate");
    }
    if (parsed.operands.empty()) {
        return usage_error("name the folder or the hash of a bundle");
    }
    const auto config = read_config(config_choice(parsed), config::Sources::process());
    if (!config) {
        return report_failure(config.error().message);
    }
    auto options = options_of(parsed, **config);
    if (!options) {
        return usage_error(options.error().message);
    }
    const auto bundle = bundle_named(parsed.operands.front(), **config);
    if (!bundle) {
        return report_failure(bundle.error().message);
    }
    ProgressLine line;
    options->progress = [&line](const policy::ReplayProgress& progress) { line.show(progress); };
    const auto mode = parsed.has("verify") ? policy::ReplayMode::verify : policy::ReplayMode::candidate;
    const auto report = policy::replay(decisions_folder(parsed, **config), *bundle, mode, *options);
    line.end();
    if (!report) {
        return report_failure(report.error().message);
    }
    std::cout << (parsed.has("json") ? policy::json_report(*report) : policy::text_report(*report));
    if (mode == policy::ReplayMode::verify && report->compared() == 0) {
        return report_failure("there was nothing to verify: no record is of " + report->bundle);
    }
    return mode == policy::ReplayMode::verify && report->changed() > 0 ? kExitFailed : kExitOk;
}

}  // namespace aihub::app
