#include "experiment/exposed_rows.hpp"
#include "model/outcome.hpp"
#include "storage/micros.hpp"
#include "storage/session.hpp"

#include <optional>

namespace aihub::experiment {

namespace {

using storage::Access;
using storage::run_sql;

// An id of a usage row is a time in microseconds times this, see usage::RowIds.
constexpr long long kIdsOfMicrosecond = 2048;
constexpr int kFirstServerError = 500;

struct MaybeNumber {
    long long value = 0;
    soci::indicator said = soci::i_null;

    [[nodiscard]] std::optional<std::uint64_t> get() const {
        return said == soci::i_ok ? std::optional(static_cast<std::uint64_t>(value)) : std::nullopt;
    }
};

struct Row {
    std::string experiments, outcome, amount, currency;
    long long status = 0, duration = 0;
    MaybeNumber input, output;
    double score = 0;
    soci::indicator scored = soci::i_null;

    // Nothing: the row is about another experiment, or damaged.
    [[nodiscard]] std::optional<Observation> get(const std::string& experiment) const {
        const auto exposure = find_exposure(experiments, experiment);
        if (!exposure) {
            return std::nullopt;
        }
        Observation made;
        made.exposure = *exposure;
        made.failed = status >= kFirstServerError || outcome == outcome_name(model::Outcome::timeout) ||
                      outcome == outcome_name(model::Outcome::upstream_error) ||
                      outcome == outcome_name(model::Outcome::internal_error);
        if (outcome == outcome_name(model::Outcome::completed)) {
            made.duration = std::chrono::microseconds(duration);
        }
        made.input_tokens = input.get();
        made.output_tokens = output.get();
        made.amount = amount;
        made.currency = currency;
        if (scored == soci::i_ok) {
            made.score = score;
        }
        return made;
    }
};

}  // namespace

Result<void> read_exposed_rows(
    storage::Database& database,
    const std::string& experiment,
    WallTime since,
    const std::function<void(const Observation& observation)>& take
) {
    auto transaction = AIHUB_TRY(database.begin(Access::read));
    return run_sql(transaction, [&](soci::session& sql) -> Result<void> {
        const long long first = storage::to_micros(since) * kIdsOfMicrosecond;
        const std::string entry = experiment + "=";
        Row row;
        soci::statement statement =
            (sql.prepare << "SELECT u.experiments, u.status, u.outcome, u.duration_us, u.input_tokens, u.output_tokens,"
                            " u.amount, u.currency, f.score FROM usage_rows u LEFT JOIN feedback f"
                            " ON f.request_id = u.request_id AND f.key_id = u.key_id"
                            " WHERE u.id >= :first AND instr(u.experiments, :entry) > 0 ORDER BY u.id",
             soci::use(first),
             soci::use(entry),
             soci::into(row.experiments),
             soci::into(row.status),
             soci::into(row.outcome),
             soci::into(row.duration),
             soci::into(row.input.value, row.input.said),
             soci::into(row.output.value, row.output.said),
             soci::into(row.amount),
             soci::into(row.currency),
             soci::into(row.score, row.scored));
        statement.execute();
        while (statement.fetch()) {
            if (const auto observation = row.get(experiment)) {
                take(*observation);
            }
        }
        return {};
    });
}

}  // namespace aihub::experiment
