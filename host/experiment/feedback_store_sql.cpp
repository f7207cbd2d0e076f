#include "experiment/feedback_store.hpp"
#include "storage/micros.hpp"
#include "storage/session.hpp"

#include <array>

namespace aihub::experiment {

namespace {

using storage::Access;
using storage::run_sql;

const std::array<storage::Migration, 1> kMigrations{{
    {
        1,
        "create feedback",
        {"CREATE TABLE feedback ("
         " request_id TEXT NOT NULL,"
         " key_id TEXT NOT NULL,"
         " score REAL NOT NULL,"
         " comment TEXT NOT NULL,"
         " given_at INTEGER NOT NULL,"
         " PRIMARY KEY (request_id, key_id)) WITHOUT ROWID"},
    },
}};

void write_all(soci::session& sql, std::span<const Feedback> feedback) {
    std::string request_id;
    std::string key_id;
    std::string comment;
    double score = 0;
    long long given_at = 0;
    soci::statement statement =
        (sql.prepare << "INSERT INTO feedback (request_id, key_id, score, comment, given_at)"
                        " VALUES (:request_id, :key_id, :score, :comment, :given_at)"
                        " ON CONFLICT (request_id, key_id) DO UPDATE SET score = excluded.score,"
                        " comment = excluded.comment, given_at = excluded.given_at",
         soci::use(request_id),
         soci::use(key_id),
         soci::use(score),
         soci::use(comment),
         soci::use(given_at));
    for (const auto& each : feedback) {
        request_id = each.request_id;
        key_id = each.key_id;
        score = each.score;
        comment = each.comment;
        given_at = storage::to_micros(each.given_at);
        statement.execute(true);
    }
}

}  // namespace

Result<FeedbackStore> FeedbackStore::create(storage::Database& database) {
    AIHUB_CHECK(database.migrate("feedback", kMigrations));
    return FeedbackStore(database);
}

Result<void> FeedbackStore::write(std::span<const Feedback> feedback) {
    auto transaction = AIHUB_TRY(database_->begin(Access::write));
    AIHUB_CHECK(run_sql(transaction, [&](soci::session& sql) -> Result<void> {
        write_all(sql, feedback);
        return {};
    }));
    return transaction.commit();
}

}  // namespace aihub::experiment
