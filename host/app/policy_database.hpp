// The bundles of the database that the configuration names, opened for one command.
#pragma once

#include "app/options.hpp"
#include "base/clock.hpp"
#include "config/load.hpp"
#include "policy/bundle_store.hpp"
#include "storage/database.hpp"
#include "telemetry/metrics.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aihub::app {

struct OpenPolicies {
    SystemClock clock;
    telemetry::Metrics metrics;
    config::SnapshotPtr config;
    std::unique_ptr<storage::Database> database;
    std::optional<policy::BundleStore> store;
};

// Parses, with --config and --data besides the options of `spec`, and opens the store. On --help or an error says so
// and gives the exit status to return. `operand_missing`: what to say when there is no operand; empty: none is needed.
[[nodiscard]] std::optional<int> open_policies(
    CommandSpec& spec,
    const std::vector<std::string>& arguments,
    Parsed& parsed,
    OpenPolicies& open,
    const std::string& operand_missing
);

// Why nothing would come of activating: the gateways of this configuration look at a folder. Empty: they look at the
// database.
[[nodiscard]] std::string folder_instead(const OpenPolicies& open);

// Of this machine; "unknown" when it has none.
[[nodiscard]] std::string host_name();
// "ann@host1": who types, for the history.
[[nodiscard]] std::string operator_name();

// "eu@1a2b3c4d5e6f"; "none" without a bundle.
[[nodiscard]] std::string bundle_label(const policy::Activation& activation);
// "eu@1a2b3c4d5e6f runs in canary, for 5 % of the callers"
[[nodiscard]] std::string describe(const policy::Activation& activation);
// "canary 5 %"
[[nodiscard]] std::string stage_text(const policy::Activation& activation);

}  // namespace aihub::app
