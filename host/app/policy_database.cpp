#include "app/policy_database.hpp"

#include "app/command_line.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <iostream>

namespace aihub::app {

namespace {

constexpr std::size_t kShownDigits = 12;
constexpr std::uint32_t kBucketsInPercent = 100;

// "5" or "0.25" of 10000.
std::string percent(std::uint32_t buckets) {
    std::string text = std::to_string(buckets / kBucketsInPercent);
    if (const auto rest = buckets % kBucketsInPercent; rest > 0) {
        text += (rest < 10 ? ".0" : ".") + std::to_string(rest);
        text.erase(text.find_last_not_of('0') + 1);
    }
    return text + " %";
}

Result<void> open_store(const ConfigChoice& choice, OpenPolicies& open) {
    open.config = AIHUB_TRY(read_config(choice, config::Sources::process()));
    storage::DatabaseOptions options;
    options.url = open.config->storage.url;
    open.database = AIHUB_TRY(storage::Database::open(options, open.clock, open.metrics));
    open.store = AIHUB_TRY(policy::BundleStore::create(*open.database, open.clock));
    return {};
}

}  // namespace

std::optional<int> open_policies(
    CommandSpec& spec,
    const std::vector<std::string>& arguments,
    Parsed& parsed,
    OpenPolicies& open,
    const std::string& operand_missing
) {
    for (auto& option : config_options()) {
        spec.options.push_back(std::move(option));
    }
    if (const auto status = parse_or_explain(spec, arguments, parsed)) {
        return status;
    }
    if (parsed.operands.empty() && !operand_missing.empty()) {
        std::cerr << "error: " << operand_missing << "; see " << spec.usage.substr(0, spec.usage.find(" DIR"))
                  << " --help\n";
        return kExitUsage;
    }
    if (const auto opened = open_store(config_choice(parsed), open); !opened) {
        return report_failure(opened.error().message);
    }
    return std::nullopt;
}

std::string folder_instead(const OpenPolicies& open) {
    const auto& folder = open.config->policies.folder;
    return folder.empty() ? folder
                          : "this configuration takes its policies from the folder " + folder +
                                ", not from the database; edit the folder, or leave policies.folder out";
}

std::string host_name() {
    std::array<char, 256> host{};
    const bool named = ::gethostname(host.data(), host.size() - 1) == 0 && host.front() != '\0';
    return named ? host.data() : "unknown";
}

std::string operator_name() {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 4096> text{};
    const auto user = ::getuid();
    const bool known = ::getpwuid_r(user, &entry, text.data(), text.size(), &found) == 0 && found != nullptr;
    const std::string name = known ? std::string(entry.pw_name) : "uid " + std::to_string(user);
    return name + "@" + host_name();
}

std::string bundle_label(const policy::Activation& activation) {
    return activation.bundle.empty() ? "none"
                                     : activation.bundle_name + "@" + activation.bundle.substr(0, kShownDigits);
}

std::string stage_text(const policy::Activation& activation) {
    const std::string stage(policy::stage_name(activation.stage));
    return activation.stage == policy::Stage::canary ? stage + " " + percent(activation.canary_buckets) : stage;
}

std::string describe(const policy::Activation& activation) {
    if (activation.bundle.empty()) {
        return "no policies are active";
    }
    switch (activation.stage) {
        case policy::Stage::shadow:
            return bundle_label(activation) + " runs in shadow: it is asked for every call and decides none";
        case policy::Stage::canary:
            return bundle_label(activation) + " runs in canary: it decides for " + percent(activation.canary_buckets) +
                   " of the callers";
        default:
            return bundle_label(activation) + " is active";
    }
}

}  // namespace aihub::app
