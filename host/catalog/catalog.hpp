// Which provider serves which model name.
#pragma once

#include "base/result.hpp"
#include "capability/provider.hpp"
#include "catalog/health.hpp"
#include "catalog/policy.hpp"
#include "config/snapshot.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aihub::catalog {

// A configured provider that is ready for calls.
struct Target {
    std::string name;
    const config::Provider* settings = nullptr;  // in the catalog's snapshot
    std::shared_ptr<capability::Provider> provider;
    std::shared_ptr<Health> health;
    Policy policy;                     // of calls that no route leads here
    std::vector<std::string> formats;  // that it can be asked in
};

// One place where a call can go. Views and pointers are valid as long as the catalog and the text that was asked for.
struct Candidate {
    const Target* target = nullptr;
    std::string_view model;  // the model's name there
    const Policy* policy = nullptr;
    std::size_t weight = 1;
    std::size_t priority = 0;
    const config::ModelFacts* facts =
        nullptr;                   // of the model; null: the table has none, or there is no other candidate
    std::size_t attempts_max = 0;  // at it in one call; 0: as the retries say
};

// One line of the model list.
struct Listed {
    std::string id;        // what a client writes
    std::string owned_by;  // the provider's configured name
};

// All names of one configuration state. Immutable; any thread. Made at start and at each reload.
//
// A name is looked up in this order: a route of `models`; "<provider>/<model>" with the name of a configured provider;
// a name that providers list, in the order of their names; the default provider with the name as it is.
class Catalog {
public:
    using Instances = std::map<std::string, std::shared_ptr<capability::Provider>>;

    // `instances` by provider name. A provider without an instance (its plugin was refused) is left out: its names are
    // answered as unavailable, not as unknown. `board`: where the healths of earlier catalogs are found; without one
    // they begin anew.
    Catalog(config::SnapshotPtr snapshot, const Instances& instances, HealthBoard* board = nullptr);

    // At least one candidate, in the order of priority and then as written. not_found (reason model_not_found) for
    // unknown names, unavailable when the provider of a known name is not loaded.
    [[nodiscard]] Result<std::vector<Candidate>> resolve(std::string_view asked) const;
    // In the order of ids, without doubles.
    [[nodiscard]] const std::vector<Listed>& listed() const { return listed_; }
    [[nodiscard]] const config::Snapshot& snapshot() const { return *snapshot_; }
    [[nodiscard]] const std::map<std::string, Target, std::less<>>& targets() const { return targets_; }

private:
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };
    using CandidatesByName = std::unordered_map<std::string, std::vector<Candidate>, TextHash, std::equal_to<>>;
    [[nodiscard]] Result<std::vector<Candidate>> at(std::string_view provider, std::string_view model) const;
    void add_route(const config::Route& route);

    config::SnapshotPtr snapshot_;
    std::map<std::string, Target, std::less<>> targets_;
    std::deque<Policy> policies_;  // of the routes' candidates
    CandidatesByName routes_;      // none: no provider of the route is loaded
    CandidatesByName by_listed_name_;
    std::set<std::string, std::less<>> not_loaded_;  // names listed by providers without an instance
    std::vector<Listed> listed_;
};

using CatalogPtr = std::shared_ptr<const Catalog>;

}  // namespace aihub::catalog
