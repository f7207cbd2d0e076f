// The parts of a file that are more than plain values.
#pragma once

#include "config/document.hpp"
#include "config/presets.hpp"
#include "config/reader.hpp"
#include "config/snapshot.hpp"

#include <map>
#include <string>
#include <vector>

namespace aihub::config {

// Each adds what is wrong to the reader's problems and leaves out what cannot be read.

[[nodiscard]] std::vector<Listen> read_listen(const Node& node, Reader& reader);

// A problem when backoff_min is above backoff_max: `block` is the one with the retries, `path` its own.
void check_backoff(const Node& block, const std::string& path, Reader& reader, const Retries& retries);

// `error_rules` of a provider or a route.
[[nodiscard]] std::vector<ErrorRule> read_error_rules(const Node& node, const std::string& path, Reader& reader);

// Problems for waits that can never come to their end, because a shorter one holds all of them: after everything else.
void check_timeouts(const Node& root, Reader& reader, const Snapshot& snapshot);

// Problems of `cors` and `rate_limits`.
void check_edge(const Node& root, Reader& reader, const Snapshot& snapshot);

// `policies.values`.
[[nodiscard]] std::map<std::string, std::string> read_policy_values(
    const Node& node, const std::string& path, Reader& reader
);

// Problems of `policies`.
void check_policies(const Node& root, Reader& reader, const Policies& policies);

void read_providers(const Node& node, const Presets& presets, Reader& reader, Snapshot& snapshot);

// After the providers and `retries`: `names` are those of all provider blocks, also of the wrong ones, so that one slip
// is one problem.
void read_routes(const Node& node, const std::vector<std::string>& names, Reader& reader, Snapshot& snapshot);

// After the routes: `providers` are the names of all provider blocks, also of the wrong ones.
void read_experiments(const Node& node, const std::vector<std::string>& providers, Reader& reader, Snapshot& snapshot);

}  // namespace aihub::config
