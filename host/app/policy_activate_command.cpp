// `aihub policy activate` and `rollback`: what changes which bundle runs.
#include "app/command_line.hpp"
#include "app/options.hpp"
#include "app/policy_commands.hpp"
#include "app/policy_database.hpp"
#include "policy/bundle_check.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iostream>

namespace aihub::app {

namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kBucketsInPercent = 100;
constexpr std::string_view kNone = "none";

Result<policy::Stage> stage_named(const std::string& name) {
    for (const auto stage : {policy::Stage::shadow, policy::Stage::canary, policy::Stage::full}) {
        if (name.empty() ? stage == policy::Stage::full : name == policy::stage_name(stage)) {
            return stage;
        }
    }
    return Error{Errc::invalid_request, "--stage " + name + ": there are shadow, canary and full"};
}

// "5", "0.5" or "12.25" percent.
Result<std::uint32_t> buckets_of(const std::string& text) {
    const Error wrong{
        Errc::invalid_request, "--share " + text + ": write percent of the callers, from 0.01 to 100, as in 5 or 0.5"};
    const auto point = std::min(text.find('.'), text.size());
    const std::string whole = text.substr(0, point);
    std::string part = point < text.size() ? text.substr(point + 1) : "0";
    constexpr std::size_t kPlaces = 2;
    if (whole.empty() || part.empty() || part.size() > kPlaces) {
        return wrong;
    }
    part.append(kPlaces - part.size(), '0');
    const std::string digits = whole + part;
    std::uint32_t buckets = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), buckets);
    const bool read = parsed.ec == std::errc() && parsed.ptr == digits.data() + digits.size();
    return read && buckets > 0 && buckets <= policy::kBucketsMax ? Result<std::uint32_t>(buckets) : wrong;
}

// What the command line says of an activation, but for the bundle.
Result<policy::NewActivation> read_activation(const Parsed& parsed) {
    policy::NewActivation wanted;
    wanted.stage = AIHUB_TRY(stage_named(parsed.value("stage")));
    wanted.actor = operator_name();
    wanted.comment = parsed.value("comment");
    if (parsed.has("expected")) {
        wanted.expected_bundle = parsed.value("expected") == kNone ? "" : parsed.value("expected");
    }
    if (parsed.has("share") && wanted.stage != policy::Stage::canary) {
        return Error{Errc::invalid_request, "--share is of a canary; add --stage canary"};
    }
    if (wanted.stage == policy::Stage::canary) {
        wanted.canary_buckets =
            parsed.has("share") ? AIHUB_TRY(buckets_of(parsed.value("share"))) : 10 * kBucketsInPercent;
    }
    return wanted;
}

// A folder is loaded; anything else is looked for in the database.
Result<std::shared_ptr<const policy::Bundle>> find_bundle(const std::string& which, policy::BundleStore& store) {
    std::error_code error;
    if (fs::is_directory(which, error) || which.find('/') != std::string::npos) {
        return std::make_shared<const policy::Bundle>(AIHUB_TRY(policy::Bundle::load(which)));
    }
    auto stored = store.get(which);
    if (!stored && stored.error().code == Errc::invalid_request) {
        return Error{stored.error().code, which + " is not a folder; if it shall be a hash: " + stored.error().message};
    }
    return AIHUB_TRY(std::move(stored)).bundle;
}

bool may_run(const std::shared_ptr<const policy::Bundle>& bundle) {
    const auto check = policy::check_bundle(bundle);
    for (const auto& finding : check.findings) {
        std::cerr << bundle->name() << "/" << finding << "\n";
    }
    if (check.good() && check.specs == 0) {
        std::cerr << "note: " << bundle->name()
                  << " has no specs, so nothing says that it does what it shall; `aihub policy test` runs them\n";
    }
    return check.good();
}

void tell(const policy::Activation& made) {
    std::cout << describe(made) << " (version " << made.version << ")\n";
}

std::string parent_of(policy::BundleStore& store) {
    const auto current = store.current();
    return current && current->active ? current->active->bundle : std::string();
}

}  // namespace

int policy_activate(const std::vector<std::string>& arguments) {
    CommandSpec spec{
        "aihub policy activate DIR|HASH|none [options]",
        "Makes a bundle of policies run in every gateway on the database of the configuration, within two seconds. "
        "DIR\n"
        "is stored first; HASH, or at least 6 letters of it, is one that is stored; none takes all policies away. The\n"
        "bundle is linted and its specs are run before: with a finding nothing changes. See also\n"
        "docs/policies/activation.md.",
        {{"stage",
          "STAGE",
          "shadow: asked for every call, decides none; canary: decides for a share of the callers; full (the default): "
          "decides for all"},
         {"share", "PERCENT", "of the callers, for a canary: 0.01 to 100; 10 by default"},
         {"expected",
          "HASH",
          "only when this is the bundle that was activated last (or its beginning, or none); else nothing changes"},
         {"comment", "TEXT", "what for; stands in the history"}},
        1};
    OpenPolicies open;
    Parsed parsed;
    if (const auto status = open_policies(spec, arguments, parsed, open, "say which: a folder, a hash, or none")) {
        return *status;
    }
    if (const auto why = folder_instead(open); !why.empty()) {
        return report_failure(why);
    }
    auto wanted = read_activation(parsed);
    if (!wanted) {
        std::cerr << "error: " << wanted.error().message << "\n";
        return kExitUsage;
    }
    if (parsed.operands.front() != kNone) {
        const auto bundle = find_bundle(parsed.operands.front(), *open.store);
        if (!bundle) {
            return report_failure(bundle.error().message);
        }
        if (!may_run(*bundle)) {
            return report_failure((*bundle)->label() + " was not activated; correct what is named above");
        }
        const auto stored = open.store->put(**bundle, {wanted->actor, wanted->comment, parent_of(*open.store)});
        if (!stored) {
            return report_failure(stored.error().message);
        }
        wanted->bundle = stored->hash;
    }
    const auto made = open.store->activate(*wanted);
    if (!made) {
        return report_failure(made.error().message);
    }
    tell(*made);
    return kExitOk;
}

int policy_rollback(const std::vector<std::string>& arguments) {
    CommandSpec spec{
        "aihub policy rollback [HASH|none] [options]",
        "Takes back what was activated last: a bundle in shadow or canary is taken away; without one, the bundle that\n"
        "was active before runs again. HASH, or at least 6 letters of it, names a stored bundle to go back to "
        "instead;\n"
        "none takes all policies away. It ran before, so it is not checked again.",
        {{"expected", "HASH", "only when this is the bundle that was activated last (or its beginning, or none)"},
         {"comment", "TEXT", "what for; stands in the history"}},
        1};
    OpenPolicies open;
    Parsed parsed;
    if (const auto status = open_policies(spec, arguments, parsed, open, "")) {
        return *status;
    }
    if (const auto why = folder_instead(open); !why.empty()) {
        return report_failure(why);
    }
    auto wanted = read_activation(parsed);
    if (!wanted) {
        std::cerr << "error: " << wanted.error().message << "\n";
        return kExitUsage;
    }
    const std::string which = parsed.operands.empty() ? "" : parsed.operands.front();
    wanted->bundle = which == kNone ? "" : which;
    const auto made = which.empty() ? open.store->roll_back(*wanted) : open.store->activate(*wanted);
    if (!made) {
        return report_failure(made.error().message);
    }
    tell(*made);
    return kExitOk;
}

}  // namespace aihub::app
