#include "experiment/definition.hpp"
#include "experiment/definition_store.hpp"
#include "storage/micros.hpp"
#include "storage/session.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>

namespace aihub::experiment {

namespace {

using model::Experiment;
using storage::Access;
using storage::run_sql;

// Of arms each line is "name share model", of units and models it is one.
const std::array<storage::Migration, 1> kMigrations{{
    {
        1,
        "create experiment_definitions",
        {"CREATE TABLE experiment_definitions ("
         " name TEXT NOT NULL PRIMARY KEY,"
         " salt TEXT NOT NULL,"
         " layer TEXT NOT NULL,"
         " layer_from INTEGER NOT NULL,"
         " layer_to INTEGER NOT NULL,"
         " units TEXT NOT NULL,"
         " arms TEXT NOT NULL,"
         " models TEXT NOT NULL,"
         " ramp INTEGER NOT NULL,"
         " stopped INTEGER NOT NULL,"
         " began_at INTEGER NOT NULL,"
         " changed_at INTEGER NOT NULL)"},
    },
}};

// In the types that the database library reads and writes.
struct Bound {
    std::string name, salt, layer, units, arms, models;
    long long layer_from = 0, layer_to = 0, ramp = 0, stopped = 0, began_at = 0, changed_at = 0;
};

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(line);
    }
    return lines;
}

Bound bound_of(const Experiment& experiment, WallTime now) {
    Bound bound;
    bound.name = experiment.name;
    bound.salt = experiment.salt;
    bound.layer = experiment.layer;
    bound.layer_from = experiment.layer_from;
    bound.layer_to = experiment.layer_to;
    bound.ramp = experiment.ramp;
    bound.stopped = experiment.stopped ? 1 : 0;
    bound.began_at = bound.changed_at = storage::to_micros(now);
    for (const auto kind : experiment.unit) {
        bound.units.append(unit_kind_name(kind)).append("\n");
    }
    for (const auto& arm : experiment.arms) {
        bound.arms += arm.name + " " + std::to_string(arm.share) + " " + arm.model + "\n";
    }
    for (const auto& model : experiment.models) {
        bound.models += model + "\n";
    }
    return bound;
}

Result<KnownExperiment> experiment_of(const Bound& bound) {
    const Error damaged{
        Errc::internal, "the stored definition of experiment " + bound.name + " is damaged", "database_damaged"};
    KnownExperiment known;
    auto& made = known.experiment;
    made.name = bound.name;
    made.salt = bound.salt;
    made.layer = bound.layer;
    made.layer_from = static_cast<std::uint32_t>(bound.layer_from);
    made.layer_to = static_cast<std::uint32_t>(bound.layer_to);
    made.ramp = static_cast<std::uint32_t>(bound.ramp);
    made.stopped = bound.stopped != 0;
    made.models = lines_of(bound.models);
    for (const auto& line : lines_of(bound.units)) {
        const auto found = std::ranges::find(model::kUnitKindNames, line);
        if (found == model::kUnitKindNames.end()) {
            return damaged;
        }
        made.unit.push_back(static_cast<model::UnitKind>(found - model::kUnitKindNames.begin()));
    }
    for (const auto& line : lines_of(bound.arms)) {
        std::istringstream words(line);
        model::ExperimentArm arm;
        if (!(words >> arm.name >> arm.share) || words.get() != ' ') {
            return damaged;
        }
        std::getline(words, arm.model);
        made.arms.push_back(std::move(arm));
    }
    known.began_at = storage::from_micros(bound.began_at);
    known.changed_at = storage::from_micros(bound.changed_at);
    return known;
}

// Those of this name; of all names when it is empty.
Result<std::vector<KnownExperiment>> read(soci::session& sql, const std::string& name) {
    Bound row;
    soci::statement statement =
        (sql.prepare << "SELECT name, salt, layer, layer_from, layer_to, units, arms, models, ramp, stopped, began_at,"
                        " changed_at FROM experiment_definitions WHERE :name IN ('', name) ORDER BY name",
         soci::use(name),
         soci::into(row.name),
         soci::into(row.salt),
         soci::into(row.layer),
         soci::into(row.layer_from),
         soci::into(row.layer_to),
         soci::into(row.units),
         soci::into(row.arms),
         soci::into(row.models),
         soci::into(row.ramp),
         soci::into(row.stopped),
         soci::into(row.began_at),
         soci::into(row.changed_at));
    statement.execute();
    std::vector<KnownExperiment> known;
    while (statement.fetch()) {
        known.push_back(AIHUB_TRY(experiment_of(row)));
    }
    return known;
}

void insert(soci::session& sql, const Bound& row) {
    sql << "INSERT INTO experiment_definitions (name, salt, layer, layer_from, layer_to, units, arms, models, ramp,"
           " stopped, began_at, changed_at) VALUES (:name, :salt, :layer, :layer_from, :layer_to, :units, :arms,"
           " :models, :ramp, :stopped, :began_at, :changed_at)",
        soci::use(row.name), soci::use(row.salt), soci::use(row.layer), soci::use(row.layer_from),
        soci::use(row.layer_to), soci::use(row.units), soci::use(row.arms), soci::use(row.models), soci::use(row.ramp),
        soci::use(row.stopped), soci::use(row.began_at), soci::use(row.changed_at);
}

void update(soci::session& sql, const Bound& row) {
    sql << "UPDATE experiment_definitions SET ramp = :ramp, stopped = :stopped, changed_at = :now WHERE name = :name"
           " AND (ramp <> :ramp2 OR stopped <> :stopped2)",
        soci::use(row.ramp), soci::use(row.stopped), soci::use(row.changed_at), soci::use(row.name),
        soci::use(row.ramp), soci::use(row.stopped);
}

// What is wrong, a line for each; nothing is written when there is something.
Result<std::string> adopt_all(soci::session& sql, std::span<const Experiment> experiments, WallTime now) {
    const auto known = AIHUB_TRY(read(sql, ""));
    std::string problems;
    for (const auto& wanted : experiments) {
        const auto found =
            std::ranges::find_if(known, [&](const auto& each) { return each.experiment.name == wanted.name; });
        const auto row = bound_of(wanted, now);
        if (found == known.end()) {
            insert(sql, row);
            continue;
        }
        if (const auto why = why_not(found->experiment, wanted); !why.empty()) {
            problems += (problems.empty() ? "" : "\n") + wanted.source + ": experiments." + wanted.name + ": " + why;
            continue;
        }
        update(sql, row);
    }
    return problems;
}

}  // namespace

Result<DefinitionStore> DefinitionStore::create(storage::Database& database) {
    AIHUB_CHECK(database.migrate("experiment", kMigrations));
    return DefinitionStore(database);
}

Result<void> DefinitionStore::adopt(std::span<const Experiment> experiments, WallTime now) {
    if (experiments.empty()) {
        return {};
    }
    auto transaction = AIHUB_TRY(database_->begin(Access::write));
    const auto problems =
        AIHUB_TRY(run_sql(transaction, [&](soci::session& sql) { return adopt_all(sql, experiments, now); }));
    if (!problems.empty()) {
        return Error{Errc::invalid_request, problems, "experiment_changed"};
    }
    return transaction.commit();
}

Result<std::vector<KnownExperiment>> DefinitionStore::list() {
    auto session = AIHUB_TRY(database_->session());
    return run_sql(session, [](soci::session& sql) { return read(sql, ""); });
}

Result<KnownExperiment> DefinitionStore::find(const std::string& name) {
    auto session = AIHUB_TRY(database_->session());
    auto known = AIHUB_TRY(run_sql(session, [&](soci::session& sql) { return read(sql, name); }));
    if (name.empty() || known.empty()) {
        return Error{
            Errc::not_found, "there is no experiment \"" + name + "\"; `aihub experiment list` shows those there are"};
    }
    return known.front();
}

}  // namespace aihub::experiment
