// The experiments that there ever were, in the database: so that a definition holds over restarts and for all nodes.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/experiment.hpp"
#include "storage/database.hpp"

#include <span>
#include <string>
#include <vector>

namespace aihub::experiment {

struct KnownExperiment {
    model::Experiment experiment;
    WallTime began_at;
    WallTime changed_at;  // ramp or stopped, last
};

// Blocks on the database: never on a loop. Any other thread.
class DefinitionStore {
public:
    // Creates or updates the table. `database` outlives the store.
    static Result<DefinitionStore> create(storage::Database& database);

    // Keeps those that are new, and the ramp and stopped of the others; all or nothing. invalid_request: one of them
    // differs from what it was in more than may change; the message says for each where it stands and what to do.
    Result<void> adopt(std::span<const model::Experiment> experiments, WallTime now);
    // By name.
    Result<std::vector<KnownExperiment>> list();
    // not_found: there never was one of this name.
    Result<KnownExperiment> find(const std::string& name);

private:
    explicit DefinitionStore(storage::Database& database) : database_(&database) {}

    storage::Database* database_;
};

}  // namespace aihub::experiment
