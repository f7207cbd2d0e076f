// Bundles and limits for commands that ask policies without a gateway.
#pragma once

#include "app/options.hpp"
#include "config/load.hpp"
#include "policy/bundle.hpp"
#include "policy/policy_state.hpp"

#include <memory>
#include <string>

namespace aihub::app {

using BundlePtr = std::shared_ptr<const policy::Bundle>;

// A folder, or the hash of a bundle in the database that `config` names, or the beginning of one.
[[nodiscard]] Result<BundlePtr> bundle_named(const std::string& folder_or_hash, const config::Snapshot& config);
// What `policies` says of steps, time and memory.
[[nodiscard]] policy::StateOptions policy_limits(const config::Policies& policies);
// --decisions, or the folder of the configuration.
[[nodiscard]] std::string decisions_folder(const Parsed& parsed, const config::Snapshot& config);

}  // namespace aihub::app
