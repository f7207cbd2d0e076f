#include "storage/database.hpp"

#include "base/thread_kind.hpp"
#include "storage/session.hpp"
#include "storage/sqlite.hpp"

#include <cassert>
#include <utility>

namespace aihub::storage {

Session::Session(Database& database, std::unique_ptr<Connection> connection)
    : database_(&database), connection_(std::move(connection)) {}

Session::Session(Session&& other) noexcept = default;

Session::~Session() {
    if (connection_ != nullptr) {
        database_->give_back(std::move(connection_));
    }
}

Transaction::Transaction(Transaction&& other) noexcept
    : session_(std::move(other.session_)), open_(std::exchange(other.open_, false)) {}

Transaction::~Transaction() {
    if (!open_) {
        return;
    }
    const auto rolled_back = run_sql(session_, [](soci::session& sql) -> Result<void> {
        sql << "ROLLBACK";
        return {};
    });
    // After some errors the database has rolled back by itself and says so here. A new connection is right either way.
    session_.connection().broken = !rolled_back;
}

Result<void> Transaction::commit() {
    assert(open_);
    auto committed = run_sql(session_, [](soci::session& sql) -> Result<void> {
        sql << "COMMIT";
        return {};
    });
    open_ = !committed;
    return committed;
}

Database::Database(DatabaseOptions options, DatabaseUrl url, const Clock& clock, telemetry::Metrics& metrics)
    : options_(std::move(options)),
      url_(std::move(url)),
      clock_(clock),
      calls_on_loop_(metrics.counter(
          "aihub_storage_calls_on_loop_total", "Database calls refused because they came from an event loop; a fault."
      )) {}

Database::~Database() {
    assert(on_loan_ == 0);
}

Result<std::unique_ptr<Database>> Database::open(
    const DatabaseOptions& options, const Clock& clock, telemetry::Metrics& metrics
) {
    auto url = AIHUB_TRY(parse_database_url(options.url));
    std::unique_ptr<Database> database(new Database(options, std::move(url), clock, metrics));
    AIHUB_CHECK(database->check_thread());
    AIHUB_CHECK(prepare_sqlite(database->url_.path, options.busy_wait));
    // One connection now, so that what is wrong with the database is said at start.
    database->free_.push_back(AIHUB_TRY(database->connect()));
    return database;
}

Result<void> Database::check_thread() {
    if (current_thread_kind() != ThreadKind::loop) {
        return {};
    }
    calls_on_loop_.add();
    assert(false && "the database was called on an event loop");
    return Error{Errc::internal, "the database was called on an event loop", "blocking_on_loop"};
}

Result<std::unique_ptr<Connection>> Database::connect() const {
    auto connection = std::make_unique<Connection>();
    AIHUB_CHECK(open_sqlite(*connection, url_.path, options_.busy_wait));
    return connection;
}

Result<Session> Database::session() {
    AIHUB_CHECK(check_thread());
    {
        std::unique_lock lock(mutex_);
        if (!returned_.wait_for(lock, options_.session_wait, [this] { return on_loan_ < options_.sessions; })) {
            return Error{
                Errc::unavailable,
                "no database session was free within " + std::to_string(options_.session_wait.count()) + " ms",
                "database_busy"};
        }
        ++on_loan_;
        if (!free_.empty()) {
            auto connection = std::move(free_.back());
            free_.pop_back();
            return Session(*this, std::move(connection));
        }
    }
    auto connection = connect();
    if (!connection) {
        give_back(nullptr);
        return std::move(connection).error();
    }
    return Session(*this, *std::move(connection));
}

Result<Transaction> Database::begin(Access access) {
    auto lent = AIHUB_TRY(session());
    AIHUB_CHECK(run_sql(lent, [&](soci::session& sql) -> Result<void> {
        sql << (access == Access::write ? "BEGIN IMMEDIATE" : "BEGIN");
        return {};
    }));
    return Transaction(std::move(lent));
}

void Database::give_back(std::unique_ptr<Connection> connection) {
    const bool usable = connection != nullptr && !connection->broken;
    {
        const std::scoped_lock lock(mutex_);
        --on_loan_;
        if (usable) {
            free_.push_back(std::move(connection));
        }
    }
    returned_.notify_one();
}

}  // namespace aihub::storage
